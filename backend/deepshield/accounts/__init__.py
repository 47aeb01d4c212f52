"""Who may come in and how much they may use: passwords, logins, throttling, the daily quota."""
