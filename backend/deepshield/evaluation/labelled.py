"""Reading labelled files: a folder with ``real`` and ``fake`` in it, or a manifest."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Label = Literal["real", "fake"]
_LABELS: tuple[Label, ...] = get_args(Label)
_NEEDED = ("file", "label")
_KNOWN = ("file", "label", "dataset", "group", "manipulation", "split")


class LabelError(Exception):
    """The labels cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file. ``group`` is its person or source clip, whose files stay together; by default the file."""

    path: Path
    label: Label
    dataset: str
    group: str
    manipulation: str | None = None
    split: str | None = None

    @property
    def fake(self) -> bool:
        """Whether the label says manipulated."""
        return self.label == "fake"


def read_labelled(
    source: Path, root: Path | None, find: Callable[[Path], Iterator[Path]]
) -> list[LabelledFile]:
    """Read a folder or a ``.jsonl``/``.csv`` manifest; ``find`` lists the media below a folder.

    A manifest's paths start from ``root``, by default from its own folder. Raises `LabelError`.
    """
    if source.is_dir():
        return list(_from_folder(source, find))
    if not source.exists():
        raise LabelError(f"{source} does not exist")
    readers = {".jsonl": _json_rows, ".csv": _csv_rows}
    if source.suffix.lower() not in readers:
        raise LabelError(f"{source} is neither a folder nor a .jsonl or .csv manifest")
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{source} cannot be read: {error}") from error
    files: dict[Path, LabelledFile] = {}
    for line, row in readers[source.suffix.lower()](text, source):
        file = _from_row(row, root or source.parent, f"{source}:{line}")
        if (earlier := files.get(file.path)) is not None and earlier.label != file.label:
            raise LabelError(f"{source}:{line}: {file.path} is {file.label}, but {earlier.label} further up")
        files[file.path] = file
    if not files:
        raise LabelError(f"{source} has no rows")
    return list(files.values())


def _from_folder(folder: Path, find: Callable[[Path], Iterator[Path]]) -> Iterator[LabelledFile]:
    """Read every folder that contains ``real`` or ``fake`` as a data set.

    A folder directly below ``fake`` names the manipulation. Both names may be in any case, as in a manifest.
    """
    for side in sorted(path for path in folder.rglob("*") if path.is_dir() and path.name.lower() in _LABELS):
        label: Label = "real" if side.name.lower() == "real" else "fake"
        parts = side.parent.relative_to(folder).parts
        if {part.lower() for part in parts} & set(_LABELS):
            continue  # a folder of that name inside another side belongs to that side
        dataset = "/".join(parts) or folder.resolve().name
        for path in find(side):
            inner = path.relative_to(side).parts
            kind = inner[0] if label == "fake" and len(inner) > 1 else None
            yield LabelledFile(path, label, dataset, str(path), kind)


def _json_rows(text: str, source: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):  # JSON has U+2028 within strings
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise LabelError(f"{source}:{number}: not JSON ({error.msg})") from error
        except RecursionError as error:
            raise LabelError(f"{source}:{number}: nested too deeply") from error
        if not isinstance(row, dict):
            raise LabelError(f"{source}:{number}: not an object")
        yield number, row


def _csv_rows(text: str, source: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a table with a header; column names may be in any case, and rows of empty cells are left out."""
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if names and (missing := [name for name in _NEEDED if name not in names]):
            separator = "; columns are separated by commas" if len(names) == 1 else ""
            raise LabelError(f"{source}:1: the header has no {' and no '.join(missing)}{separator}")
        reader.fieldnames = names
        for row in reader:
            if any(isinstance(cell, str) and cell.strip() for cell in row.values()):
                yield reader.line_num, row
    except csv.Error as error:
        raise LabelError(f"{source}:{reader.line_num}: not CSV ({error})") from error


def _from_row(row: dict[str, Any], root: Path, where: str) -> LabelledFile:
    cells = {name: str(row[name]).strip() for name in _KNOWN if row.get(name) is not None}
    values = {name: cell for name, cell in cells.items() if cell}
    if missing := [name for name in _NEEDED if name not in values]:
        raise LabelError(f"{where}: no {' and no '.join(missing)}")
    label = values["label"].lower()
    if label not in _LABELS:
        raise LabelError(f"{where}: the label is {values['label']!r}; it must be real or fake")
    path = root / values["file"]
    return LabelledFile(
        path,
        "real" if label == "real" else "fake",
        values.get(
            "dataset", path.parent.name if path.parent.name.lower() not in _LABELS else root.resolve().name
        ),
        values.get("group", str(path)),
        values.get("manipulation"),
        values.get("split"),
    )
