"""Rules and words that need nothing but the standard library."""
