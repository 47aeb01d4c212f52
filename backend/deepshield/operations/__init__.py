"""Running the service: its processes, its scheduled work and its checks."""
