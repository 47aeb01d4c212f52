"""API keys: by which programs act for an account, without its password."""
