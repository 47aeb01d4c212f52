"""Checking the names of uploads. A name is shown to people and never used as a path."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import EXTENSIONS, UNDECLARED, Format

# U+202A-202E and U+2066-2069 make a name that ends in "gpj.exe" read as if it ended in "exe.jpg" (Boucher &
# Anderson 2021, "Trojan Source"); U+2028 and U+2029 are line ends.
_REORDERING = frozenset(chr(point) for point in (*range(0x2028, 0x202F), *range(0x2066, 0x206A)))
LONGEST_PATH = 1024
_PATH_CHARACTERS = frozenset("/\\")
# Endings that systems run or servers interpret: the content of such a file is a picture or it is refused, but
# whoever keeps the file under its name would keep a trap.
_EXECUTABLE = frozenset(
    {"exe", "bat", "cmd", "com", "msi", "scr", "pif", "cpl", "dll", "jar", "apk", "ps1", "vbs", "vbe", "js"}
    | {"mjs", "jse", "wsf", "wsh", "hta", "lnk", "reg", "sh", "bash", "command", "py", "pl", "rb", "php"}
    | {"php3", "php4", "php5", "php7", "phtml", "phar", "asp", "aspx", "jsp", "jspx", "cgi", "shtml"}
    | {"htaccess"}
)
# Also parts of reversed domains, in whose form phones name screenshots: "com.android.app.jpg", "pl.shop.jpg".
_OF_DOMAINS = frozenset({"com", "sh", "py", "pl"})
_KNOWN = frozenset(ending.removeprefix(".") for endings in EXTENSIONS.values() for ending in endings)
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,64}/([\w.+-]{1,64}|\*)")
_UNSAFE_IN_URL_NAMES = re.compile(r"[^\w.\- ()+@]")


def checked_name(raw: str, kind: MediaKind, longest: int) -> str:
    """Return the name to show for an upload; a file without one is called by its kind.

    Names do not decide what a file is: "IMG_1.HEIC.jpg" is as good as any. Raises `DeepShieldError`:
    INVALID_FILENAME for path and control characters and for those that reorder text, FILENAME_TOO_LONG, and
    for the endings of programs INVALID_EXTENSION ("photo.exe") and DOUBLE_EXTENSION ("photo.php.jpg",
    "photo.jpg.exe").
    """
    name = _checked(raw, longest)
    _refuse_executable([ending.strip() for ending in name.casefold().split(".")[1:]])
    return name or kind.value


def checked_path(raw: str, longest: int) -> tuple[str, str]:
    """Return a file's name with its folders, separated by slashes, and without them.

    Each part is checked as `checked_name` does and raises as it does; parts that lead upwards are
    INVALID_FILENAME, and more than `LONGEST_PATH` characters in all FILENAME_TOO_LONG.
    """
    if len(raw) > LONGEST_PATH:
        raise DeepShieldError(
            Code.FILENAME_TOO_LONG,
            f"The file's name has more than {LONGEST_PATH} characters with its folders.",
            limit=LONGEST_PATH,
        )
    parts = [part for part in raw.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise DeepShieldError(Code.INVALID_FILENAME, "The file's name leads out of its folder. Rename it.")
    *folders, name = parts or [""]
    shown = [_checked(folder, longest) for folder in folders]
    name = checked_name(name, MediaKind.IMAGE, longest)
    return "/".join([*shown, name]), name


def shown_name(raw: str) -> str:
    """Return a name that was not checked as it may be shown: printable, 1 to 255 characters."""
    plain = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in raw
    )
    return plain[:255] or "file"


def checked_type(declared: str | None) -> str | None:
    """Return the declared MIME type without its parameters, None when it says nothing or is none."""
    bare = (declared or "").partition(";")[0].strip().lower()
    return None if bare in UNDECLARED or not _MEDIA_TYPE.fullmatch(bare) else bare


def _checked(raw: str, longest: int) -> str:
    name = unicodedata.normalize("NFC", raw).strip()
    if len(name) > longest:
        raise DeepShieldError(
            Code.FILENAME_TOO_LONG, f"The file's name has more than {longest} characters.", limit=longest
        )
    if any(_is_forbidden(character) for character in name):
        raise DeepShieldError(
            Code.INVALID_FILENAME, "The file's name has path or control characters. Rename it."
        )
    return name


def name_of_url(url: str, found: Format, longest: int) -> str:
    """Name a file from a URL: the last part of its path, made safe, with an extension that fits."""
    last = unquote(urlsplit(url).path.rpartition("/")[2])
    safe = _UNSAFE_IN_URL_NAMES.sub("_", unicodedata.normalize("NFC", last)).strip(" ._")
    stem, extension = PurePosixPath(safe).stem, PurePosixPath(safe).suffix.lower()
    if extension not in EXTENSIONS[found.kind]:
        stem, extension = safe.replace(".", "_"), found.extension
    return f"{stem[: longest - len(extension)] or found.kind.value}{extension}"


def _refuse_executable(endings: list[str]) -> None:
    *inner, last = endings or [""]
    if (_EXECUTABLE - _OF_DOMAINS).intersection(inner) or (
        last in _EXECUTABLE and _KNOWN.intersection(inner)
    ):
        raise DeepShieldError(
            Code.DOUBLE_EXTENSION,
            "The file's name has the ending of a program beside another one. Rename it.",
        )
    if last in _EXECUTABLE:
        raise DeepShieldError(Code.INVALID_EXTENSION, "The file is named like a program. Rename it.")


def _is_forbidden(character: str) -> bool:
    return (
        character in _PATH_CHARACTERS
        or character in _REORDERING
        or unicodedata.category(character) in ("Cc", "Cs")
    )
