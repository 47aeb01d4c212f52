"""What is handed out about an analysis: the result, its files, its plot."""
