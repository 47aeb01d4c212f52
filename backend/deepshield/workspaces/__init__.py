"""Workspaces: where jobs are kept, and by whom they are seen."""
