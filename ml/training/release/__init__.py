"""From measured weights to a bundle."""
