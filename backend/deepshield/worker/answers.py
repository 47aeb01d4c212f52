"""Reading what the analysing process answers, without believing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated

from pydantic import Field, TypeAdapter, ValidationError

from deepshield.worker.protocol import LONGEST_LINE, Answer, NonsenseError

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def read_answers(stream: IO[bytes]) -> Iterator[Answer]:
    """Yield answers until the stream ends; raises `NonsenseError` for a line that is none, or endless."""
    while line := stream.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            if len(line) == LONGEST_LINE:
                raise NonsenseError("a line without end")
            return  # it died in mid-sentence
        try:
            yield _ANSWER.validate_json(line)
        except ValidationError as error:
            raise NonsenseError("a line that is no answer") from error
