"""The detector: a media file becomes an analysis. A pure library: no environment, database or network."""
