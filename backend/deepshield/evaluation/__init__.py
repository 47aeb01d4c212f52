"""Evaluation of a bundle on media whose labels a user knows."""
