"""Training on crops of faces that bear labels, beside pseudo-fakes made of authentic photographs."""
