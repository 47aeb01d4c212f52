"""How files come in: a stream or a URL becomes a stored, hashed and sniffed upload, or a refusal."""
