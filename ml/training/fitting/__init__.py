"""Training runs: configuration, starts, steps, checkpoints, validation, and the weights as they will ship."""
