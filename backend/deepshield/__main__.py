"""`python -m deepshield` is `deepshield`."""

from deepshield.cli import main

main()
