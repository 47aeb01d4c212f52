"""A signed photo with metadata, and the list that its signer is on: ``python e2e/signed.py OUT``.

Each call makes new ones, so that no earlier result answers.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "backend" / "tests" / "support"))

from signing import Authority, signed  # noqa: E402

PORTRAIT = ROOT / "frontend" / "public" / "samples" / "portrait.jpg"
MAKE, MODEL, SOFTWARE, GPS = 0x010F, 0x0110, 0x0131, 0x8825


def photo() -> bytes:
    """Return the portrait with what a camera and an editor write, and a place."""
    image = Image.open(PORTRAIT)
    exif = image.getexif()
    exif[MAKE], exif[MODEL], exif[SOFTWARE] = "Example", "Camera 7", "Adobe Photoshop 26.0"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92, exif=exif)
    return made.getvalue()


def main() -> None:
    """Write both."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    authority = Authority()
    (out / "signed.jpg").write_bytes(signed(photo(), authority.signer()))
    (out / "signers.pem").write_bytes(authority.pem)


if __name__ == "__main__":
    main()
