"""Reading the answers of an analysing process, which are not trusted; results are validated here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Annotated

from pydantic import Field, TypeAdapter, ValidationError

from deepshield.analyser.protocol import LONGEST_LINE, Answer, Done, ProtocolError
from deepshield.domain.fingerprints import MOST_FRAMES

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def read_answers(stream: IO[bytes]) -> Iterator[Answer]:
    """Yield answers until the stream ends; raises `ProtocolError` for a line that is too long or invalid."""
    while line := stream.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            if len(line) == LONGEST_LINE:
                raise ProtocolError("a line without end")
            return  # the process died in the middle of a line
        try:
            answer = _ANSWER.validate_json(line)
        except ValidationError as error:
            raise ProtocolError("a line that is no answer") from error
        if isinstance(answer, Done) and len(answer.prints) > MOST_FRAMES:
            raise ProtocolError("fingerprints of too many frames")
        yield answer
