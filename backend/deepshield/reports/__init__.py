"""What is handed out about an analysis: the result document, its files, its plot."""
