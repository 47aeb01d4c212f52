"""Signing in through one OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0)."""
