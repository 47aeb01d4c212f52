"""A service of its own that finds the address of the file behind a post of social media."""
