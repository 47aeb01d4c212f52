"""Receiving files: a request's body or a URL becomes a checked, hashed and stored upload, or is refused."""
