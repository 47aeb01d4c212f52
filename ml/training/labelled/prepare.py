"""A manifest of labelled crops to a pack: ``python -m training.labelled.prepare MANIFEST SPLIT OUT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.labelled.pack import pack_labelled
from training.labelled.split import load_split


def main() -> None:
    """Read the arguments and report how many crops were packed."""
    parser = argparse.ArgumentParser(description="pack labelled crops for training")
    parser.add_argument("manifest", type=Path, help="JSON lines beside the crops they name")
    parser.add_argument("split", type=Path, help="TOML file of what is held out")
    parser.add_argument("out", type=Path, help="folder to write")
    arguments = parser.parse_args()
    print(f"{pack_labelled(arguments.manifest, load_split(arguments.split), arguments.out)} crops")


if __name__ == "__main__":
    main()
