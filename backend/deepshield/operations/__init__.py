"""Running the service: its processes, its regular work, and its check-up."""
