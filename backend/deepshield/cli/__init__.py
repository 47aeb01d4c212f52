"""The command line."""

from deepshield.cli.app import main

__all__ = ["main"]
