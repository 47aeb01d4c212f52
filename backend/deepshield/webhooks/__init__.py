"""Webhooks: an account's events, sent to addresses of its own after Standard Webhooks."""
