"""What a file says of itself: Content Credentials, metadata, traces of software. It never moves a score."""
