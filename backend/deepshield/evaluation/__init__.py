"""How well the released model does on media whose labels a user knows."""
