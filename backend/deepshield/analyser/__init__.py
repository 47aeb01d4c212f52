"""The analysing process of a worker: confined, and the only room of the service that opens media (ADR 7)."""
