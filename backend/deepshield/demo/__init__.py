"""A service that is filled with made media, so that somebody new sees the workbench at work."""
