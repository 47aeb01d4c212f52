"""Rules and words of the service; needs nothing but the standard library."""
