"""The libraries that compute networks, one module each."""
