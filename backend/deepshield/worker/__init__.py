"""Consuming jobs: Celery in the parent, media in a confined child process that the parent watches."""
