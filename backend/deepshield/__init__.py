"""DeepShield: the command line, and the rooms of the service."""
