"""The sound of a video: what its track is like, and where it may have been cut. The voice is not judged."""
