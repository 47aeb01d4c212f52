"""Speed and quality against the plain way of doing it, as commands: `python -m benchmarks`."""
