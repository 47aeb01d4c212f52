"""The files of a workspace: found by a query, read, marked, held, deleted and exported."""
