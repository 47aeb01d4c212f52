"""Accounts: passwords, logins, throttling and the daily quota."""
