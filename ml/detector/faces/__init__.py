"""Finding, cropping and tracking faces."""
