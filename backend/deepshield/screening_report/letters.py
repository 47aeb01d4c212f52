"""Text as the report's fonts can show it: names and notes hold any character, a tagged PDF some."""

from __future__ import annotations

import unicodedata

# Ranges that the fonts of the typesetter's wheel cover; a test sets all of their characters.
COVERED = (
    (0x20, 0x24F),  # Latin
    (0x370, 0x3FF),  # Greek
    (0x400, 0x4FF),  # Cyrillic
    (0x1E00, 0x1EFF),  # Latin, with more accents
    (0x2010, 0x2040),  # punctuation
    (0x20A0, 0x20BF),  # currencies
    (0x2190, 0x2193),  # arrows
    (0x2200, 0x2265),  # mathematics
)
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"})
BREAK = "\u200b"  # where a line may end within a long word
_LONGEST_WORD = 48


def printable(text: str) -> str:
    """Return the text in one line, characters that are not covered by number ("[U+5F20]").

    Characters that order text or hide are among those shown by number, so that a name looks as it is.
    Long words get places to break.
    """
    words = unicodedata.normalize("NFC", text).split()
    return " ".join(_breakable("".join(map(_shown, word))) for word in words)


def is_covered(character: str) -> bool:
    """Return whether the fonts show the character, and it is one to be seen."""
    number = ord(character)
    return unicodedata.category(character) not in _NEVER and any(
        low <= number <= high for low, high in COVERED
    )


def _shown(character: str) -> str:
    return character if is_covered(character) else f"[U+{ord(character):04X}]"


def _breakable(word: str) -> str:
    return BREAK.join(word[start : start + _LONGEST_WORD] for start in range(0, len(word), _LONGEST_WORD))
