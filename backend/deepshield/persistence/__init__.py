"""Tables, sessions and repositories: all SQL of the service is in here."""
