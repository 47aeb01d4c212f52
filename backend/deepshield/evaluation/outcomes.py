"""Analysing each labelled file as the service does, with a log of outcomes that a second call resumes."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import detector.analyze
from detector.analyze import Options
from detector.contracts import ErrorCode, MediaError
from detector.model import Model

LOG = "files.jsonl"


class LogError(Exception):
    """The log in the folder cannot be resumed; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file's verdict, or its error."""

    path: str
    verdict: str | None = None
    probability: float | None = None  # the verdict's; none where the evidence is too weak
    raw_logit: float | None = None  # of every file with a face
    reasons: tuple[str, ...] = ()
    media_type: str | None = None
    frames: int = 0
    frames_with_face: int = 0
    error: str | None = None
    message: str | None = None


def examine(path: Path, model: Model, options: Options) -> Outcome:
    """Analyse one file as the service does; an exception becomes its error."""
    try:
        analysis = detector.analyze.analyze(path, model, options)
    except MediaError as error:
        return Outcome(str(path), error=error.code.value, message=error.message)
    except Exception as error:  # noqa: BLE001 - one file that reveals a defect does not end the evaluation of the others
        fault = f"{type(error).__name__}: {error}"
        return Outcome(str(path), error=ErrorCode.INTERNAL_ERROR.value, message=fault)
    decision = analysis.decision
    return Outcome(
        str(path),
        decision.verdict.value,
        decision.probability,
        analysis.raw_logit,
        tuple(reason.value for reason in decision.reasons),
        analysis.media.media_type,
        len(analysis.sample_times_ms),
        analysis.frames_with_face,
    )


class OutcomeLog:
    """One JSON line per file, after a line with model and options; without a folder, in memory only.

    Raises `LogError` when the folder cannot be written, or its log is of another model or other options.
    """

    def __init__(self, folder: Path | None, how: dict[str, Any]) -> None:
        self.done: dict[str, Outcome] = {}
        self._file: TextIO | None = None
        if folder is None:
            return
        path = folder / LOG
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size:
                self._go_on(path, how)
            else:
                path.write_text(json.dumps(how) + "\n")
            self._file = path.open("a")
        except OSError as error:
            raise LogError(f"{folder} cannot be written: {error.strerror}") from error

    def add(self, outcome: Outcome) -> None:
        """Add an outcome and pass it to the operating system, so that it survives a kill of this process."""
        self.done[outcome.path] = outcome
        if self._file is not None:
            self._file.write(json.dumps(dataclasses.asdict(outcome)) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _go_on(self, path: Path, how: dict[str, Any]) -> None:
        text = path.read_text()
        if not text.endswith("\n"):  # a call was killed while it wrote the last line
            text = text[: text.rfind("\n") + 1]
            path.write_text(text)
        try:
            head, *rows = [json.loads(line) for line in text.splitlines()]
            read = [Outcome(**{**row, "reasons": tuple(row["reasons"])}) for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            raise LogError(f"{path} is not a log of an evaluation; choose another --out") from error
        if head != how:
            raise LogError(f"{path} was written with another model or other options; choose another --out")
        # Files that failed are tried again.
        self.done = {outcome.path: outcome for outcome in read if outcome.error is None}
