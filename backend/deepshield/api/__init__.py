"""The HTTP service: thin routers over `jobs`, `accounts` and `intake`; no media is opened here."""
