"""DeepShield: the command line and the service."""
