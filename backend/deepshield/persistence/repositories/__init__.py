"""One module per noun with its queries; the caller opens the transaction and ends it."""
