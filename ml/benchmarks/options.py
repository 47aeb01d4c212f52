"""The options that every benchmark takes."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import bundles
from benchmarks.clips import FOLDER

DATA = Path("../shared/data")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how often to measure; the defaults are those of ``make bench``."""

    folder: Path = FOLDER  # of the clips and of the results
    data: Path = DATA  # of labelled videos, where there are some
    bundle: Path | None = None  # the default bundle
    repeat: int = 3
    quick: bool = False  # once, and on less material: for trying the commands, not for figures

    @property
    def repeats(self) -> int:
        """How often to measure."""
        return 1 if self.quick else self.repeat

    @property
    def model(self) -> Path:
        """The folder of the bundle to measure."""
        return self.bundle or bundles.default_bundle()

    @property
    def threads(self) -> int:
        """The cores that this process may use; every side gets as many threads."""
        return len(os.sched_getaffinity(0))


def parse(description: str | None) -> Settings:
    """Read a command's arguments; ``description`` is its module's docstring."""
    return Settings(**vars(parser(description).parse_args()))


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return what reads the arguments that every command takes, which are the fields of `Settings`."""
    first, _, _ = (description or "").partition("\n")
    made = argparse.ArgumentParser(description=first)
    made.add_argument(
        "--folder", type=Path, default=FOLDER, help="of the clips and results (default: %(default)s)"
    )
    made.add_argument("--data", type=Path, default=DATA, help="of labelled videos (default: %(default)s)")
    made.add_argument("--bundle", type=Path, help="model bundle (default: the released one)")
    made.add_argument(
        "--repeat", type=int, default=3, metavar="N", help="measurements (default: %(default)s)"
    )
    made.add_argument("--quick", action="store_true", help="once, on less material; no figures to cite")
    return made
