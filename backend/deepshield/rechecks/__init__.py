"""Analysing files of the library again, with the present model: one at once, many behind all else."""
