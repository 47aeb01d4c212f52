"""`python -m deepshield.cli.selftest [FOLDER]`: load a bundle, which runs its self-test. For `doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

import bundles
from detector.bundle import BundleError
from detector.model import load_model


def main() -> int:
    """Print the bundle's name and return 0, or print what is wrong with it and return 1."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else bundles.default_bundle()
    try:
        manifest = load_model(folder).manifest
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    assert manifest is not None, "a bundle that was read has a manifest"
    print(f"{manifest.name} {manifest.version}: self-test passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
