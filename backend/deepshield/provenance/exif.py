"""EXIF: the camera's statements, and where the picture was taken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, GPSTAGS, IFD, TAGS

from deepshield.provenance.statements import Statements
from deepshield.result_provenance import Camera, Location, MetadataSource

_LONGEST_VALUE = 64 * 1024  # bytes
_SKIPPED = {"MakerNote", "PrintImageMatching", "ExifOffset", "GPSInfo", "PhotoshopSettings", "XMLPacket"}
_CHARSETS = {
    b"ASCII\0\0\0": "ascii",
    b"UNICODE\0": "utf-16",
    b"JIS\0\0\0\0\0": "iso2022_jp",
    b"\0" * 8: "utf-8",
}
_UNICODE = ("XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject")


def read_exif(image: Image.Image, into: Statements) -> None:
    """Add what a picture's EXIF says; raises what Pillow raises for damaged EXIF."""
    exif = image.getexif()
    for tag, value in exif.items():
        _add(TAGS.get(tag, f"0x{tag:04x}"), value, into)
    for tag, value in exif.get_ifd(IFD.Exif).items():
        _add(TAGS.get(tag, f"0x{tag:04x}"), value, into)
    gps = exif.get_ifd(IFD.GPSInfo)
    for tag, value in gps.items():
        _add(GPSTAGS.get(tag, f"GPS 0x{tag:04x}"), value, into)
    into.location = into.location or _location(gps)


def camera_of(said: Statements) -> Camera | None:
    """Return what is said of the camera; None for nothing."""

    def of(*names: str) -> str | None:
        return said.first(MetadataSource.EXIF, *names)

    aperture, length = of("FNumber"), of("FocalLength")
    camera = Camera(
        make=of("Make"),
        model=of("Model"),
        lens=of("LensModel"),
        software=of("Software"),
        taken_at=of("DateTimeOriginal", "DateTimeDigitized", "DateTime"),
        exposure=_exposure(of("ExposureTime")),
        aperture=aperture and f"f/{aperture}",
        iso=of("PhotographicSensitivity", "ISOSpeedRatings"),
        focal_length=length and f"{length} mm",
    )
    return camera if camera.model_dump(exclude_none=True) else None


def _add(name: str, value: object, into: Statements) -> None:
    if name not in _SKIPPED:
        into.add(MetadataSource.EXIF, name, _text(name, value))


def _text(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return _decoded(name, value[:_LONGEST_VALUE])
    if isinstance(value, tuple):
        return " ".join(str(_number(one)) for one in value[:16])
    return _number(value)


def _decoded(name: str, value: bytes) -> str | None:
    if name == "UserComment" and value[:8] in _CHARSETS:
        charset, value = _CHARSETS[value[:8]], value[8:]
        # Programs write UTF-16 in either order, mostly without saying which.
        if charset == "utf-16" and not value.startswith((b"\xfe\xff", b"\xff\xfe")):
            charset = "utf-16-be" if value[:1] == b"\0" else "utf-16-le"
    else:
        charset = "utf-16-le" if name in _UNICODE else "utf-8"
    text = value.decode(charset, "replace").rstrip("\0 ")
    # What is no text in that charset is no text at all.
    return text if text.count("\ufffd") * 8 <= len(text) else None


def _number(value: object) -> object:
    """Return a fraction as a decimal number with as many digits as say something."""
    if isinstance(value, (str, int)) or value is None:
        return value
    try:
        number = float(value)  # type: ignore[arg-type]  # anything of a file
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return f"{number:.6g}" if math.isfinite(number) else None


def _exposure(seconds: str | None) -> str | None:
    try:
        value = float(seconds or "")
    except ValueError:
        return None
    return f"1/{round(1 / value)} s" if 0 < value < 0.5 else f"{value:g} s"


def _location(gps: Mapping[int, Any]) -> Location | None:
    latitude = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "S")
    longitude = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None:
        return None
    return location(latitude, longitude, _finite(gps.get(GPS.GPSAltitude)))


def location(latitude: float, longitude: float, altitude: float | None = None) -> Location | None:
    """Return a place on Earth; None for what is none, and for 0, 0, which devices without a fix write."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude, longitude) == (0, 0):
        return None
    height = round(altitude, 1) if altitude is not None and abs(altitude) < 1e5 else None
    return Location(latitude=round(latitude, 6), longitude=round(longitude, 6), altitude=height)


def _degrees(value: object, reference: object, negative: str) -> float | None:
    if not isinstance(value, Sequence) or len(value) != 3:
        return None
    parts = [_finite(one) for one in value]
    if None in parts:
        return None
    degrees = sum((part or 0.0) / 60.0**power for power, part in enumerate(parts))
    return -degrees if str(reference).strip("\0 ").upper() == negative else degrees


def _finite(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]  # anything of a file
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
