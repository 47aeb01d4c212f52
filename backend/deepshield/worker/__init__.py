"""Running jobs: claims, attempts, and the analysing processes that the worker watches (ADR 7)."""
