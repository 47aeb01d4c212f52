"""Checking the names of uploads. A name is shown to people and never used as a path."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import EXTENSIONS, MIME_TYPES, UNDECLARED, Format

# U+202A-202E and U+2066-2069 make a name that ends in "gpj.exe" read as if it ended in "exe.jpg" (Boucher &
# Anderson 2021, "Trojan Source"); U+2028 and U+2029 are line ends.
_REORDERING = frozenset(chr(point) for point in (*range(0x2028, 0x202F), *range(0x2066, 0x206A)))
_PATH_CHARACTERS = frozenset("/\\")
# Extensions that systems or servers act on. One of them before the last extension is a disguise or a mistake;
# "holiday.2024.jpg" is an ordinary name.
_KNOWN_ENDINGS = frozenset(
    {ending.removeprefix(".") for endings in EXTENSIONS.values() for ending in endings}
    | {"gif", "heic", "avif", "bmp", "tif", "tiff", "svg", "pdf", "doc", "docx", "xls", "xlsx", "ppt"}
    | {"pptx", "rtf", "zip", "rar", "7z", "tar", "gz", "bz2", "xz", "iso", "dmg", "exe", "com", "bat"}
    | {"cmd", "msi", "scr", "pif", "cpl", "dll", "so", "jar", "apk", "app", "sh", "bash", "ps1", "vbs"}
    | {"js", "mjs", "jse", "wsf", "hta", "lnk", "py", "pl", "rb", "php", "php3", "php5", "phtml", "phar"}
    | {"asp", "aspx", "jsp", "cgi", "html", "htm", "xhtml", "xml", "shtml", "htaccess", "txt"}
)
_UNSAFE_IN_URL_NAMES = re.compile(r"[^\w.\- ()+@]")


def checked_name(raw: str, kind: MediaKind, longest: int) -> str:
    """Return the name to show for an upload.

    Raises `DeepShieldError`: INVALID_FILENAME for path separators, control characters and characters that
    reorder text, FILENAME_TOO_LONG, DOUBLE_EXTENSION ("photo.php.jpg"), INVALID_EXTENSION.
    """
    name = unicodedata.normalize("NFC", raw).strip()
    if len(name) > longest:
        raise DeepShieldError(
            Code.FILENAME_TOO_LONG, f"The file's name has more than {longest} characters.", limit=longest
        )
    if any(_is_forbidden(character) for character in name):
        raise DeepShieldError(
            Code.INVALID_FILENAME, "The file's name has path or control characters. Rename it."
        )
    _, *endings = name.casefold().split(".")
    if any(ending.strip() in _KNOWN_ENDINGS for ending in endings[:-1]):
        raise DeepShieldError(
            Code.DOUBLE_EXTENSION, "The file's name has two extensions. Rename it so that it has one."
        )
    extension = PurePosixPath(name.casefold()).suffix
    if extension not in EXTENSIONS[kind]:
        accepted = sorted(EXTENSIONS[kind])
        raise DeepShieldError(
            Code.INVALID_EXTENSION,
            f"{'A file without extension' if not extension else 'This kind of file'} is not accepted here.",
            accepted=accepted,
        )
    return name


def checked_type(declared: str | None, kind: MediaKind) -> str | None:
    """Return the declared MIME type without its parameters; None when it does not name a format.

    Raises `DeepShieldError` INVALID_MIME_TYPE for one that is not of this kind.
    """
    bare = (declared or "").partition(";")[0].strip().lower()
    if bare in UNDECLARED:
        return None
    if bare not in MIME_TYPES[kind]:
        raise DeepShieldError(
            Code.INVALID_MIME_TYPE,
            f"The declared type is not one of the {kind.value} types that are accepted here.",
            accepted=sorted(MIME_TYPES[kind]),
        )
    return bare


def name_of_url(url: str, found: Format, longest: int) -> str:
    """Name a file from a URL: the last part of its path, made safe, with an extension that fits."""
    last = unquote(urlsplit(url).path.rpartition("/")[2])
    safe = _UNSAFE_IN_URL_NAMES.sub("_", unicodedata.normalize("NFC", last)).strip(" ._")
    stem, extension = PurePosixPath(safe).stem, PurePosixPath(safe).suffix.lower()
    if extension not in EXTENSIONS[found.kind]:
        stem, extension = safe.replace(".", "_"), found.extension
    return f"{stem[: longest - len(extension)] or found.kind.value}{extension}"


def _is_forbidden(character: str) -> bool:
    return (
        character in _PATH_CHARACTERS
        or character in _REORDERING
        or unicodedata.category(character) in ("Cc", "Cs")
    )
