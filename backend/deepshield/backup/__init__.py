"""The whole service in one file, and back: rows of the database and files of the storage."""
