"""A result as a report of one or two pages: a tagged PDF with its figures attached, and the check of one."""
