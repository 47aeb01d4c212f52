"""The analysing process of a worker: confined, and the only room of the service that media reach (ADR 7)."""
