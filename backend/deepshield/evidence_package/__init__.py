"""A job's file, result, artifacts and custody in one ZIP archive that can be checked without the service."""
