"""Backup and restore: the rows and files of one point in time in one verified file."""
