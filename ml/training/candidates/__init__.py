"""A candidate: a bundle that learned from a data set of one's own, measured beside the one it was."""
