"""How fast the engine is by itself: photographs per second, warm, as `deepshield analyze --out` works.

python backend/tests/load/engine_rate.py PHOTO COUNT
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import bundles
from deepshield.reports.folder import write_folder
from detector.analyze import analyze
from detector.model import load_model


def main() -> None:
    """Print photographs per second."""
    photo, count = Path(sys.argv[1]), int(sys.argv[2])
    model = load_model(bundles.default_bundle())
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count + 1):
            if number == 1:
                begun = time.perf_counter()  # the first one warms up
            write_folder(analyze(photo, model), model, photo, Path(folder, str(number)))
        print(count / (time.perf_counter() - begun))


if __name__ == "__main__":
    main()
