"""Numbered pairs of a real face and a pseudo-fake, made from packed photographs."""
