"""Reports of an analysis: the result, its files, its plot."""
