"""Data sets made of a workspace's labelled files: frozen, kept, exported, and measured on."""
