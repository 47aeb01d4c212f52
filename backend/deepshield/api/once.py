"""Idempotency-Key: a POST that is sent again makes nothing again and is answered as it was the first time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.requests import Request

from deepshield import idempotency
from deepshield.api.auth import MaybeCaller
from deepshield.api.deps import ClientAddress, ResourcesOf, WantedWorkspace
from deepshield.idempotency import KeyedRequest, TwinError
from deepshield.resources import Resources

IDEMPOTENCY_KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

Made = TypeVar("Made")
Shape = TypeVar("Shape", bound=BaseModel)
Within = Callable[[Session, Made], None]
"""What the transaction that makes something calls with it, before it commits."""


@dataclass(frozen=True, slots=True)
class Once:
    """One request, with its Idempotency-Key if it has one; without one everything is made as always."""

    resources: Resources
    response: Response
    owner: str
    operation: str
    key: str | None

    def kept(self, shape: type[Shape], facts: list[Any]) -> Shape | None:
        """Return the answer to an earlier equal request.

        ``facts`` are the values that two requests must share to be equal. Raises `DeepShieldError`
        IDEMPOTENCY_KEY_REUSED when the key was used for a request with others.
        """
        request = self._request(facts)
        found = None if request is None else idempotency.find_answer(self.resources, request)
        if found is None:
            return None
        self.response.headers[REPLAYED] = "true"
        return shape.model_validate(found)

    def make(
        self,
        shape: type[Shape],
        facts: list[Any],
        make: Callable[[Within[Made] | None], Made],
        answer: Callable[[Made], Shape],
    ) -> Shape:
        """Make something and return the answer about it, unless an equal request has made it.

        ``make`` calls what it is given within its transaction. Raises as `kept`, and as ``make``.
        """
        earlier = self.kept(shape, facts)
        if earlier is not None:
            return earlier
        request = self._request(facts)
        if request is None:
            return answer(make(None))
        keyed = request

        def keep(session: Session, made: Made) -> None:
            document = answer(made).model_dump(mode="json")
            idempotency.keep_answer(session, self.resources, keyed, document)

        try:
            return answer(make(keep))
        except TwinError:
            earlier = self.kept(shape, facts)
            if earlier is None:
                raise
            return earlier

    def _request(self, facts: list[Any]) -> KeyedRequest | None:
        if self.key is None:
            return None
        return KeyedRequest(self.owner, self.key, idempotency.hash_of(self.operation, facts))


async def get_once(
    request: Request,
    response: Response,
    resources: ResourcesOf,
    caller: MaybeCaller,
    address: ClientAddress,
    workspace: WantedWorkspace,
    key: Annotated[
        str | None,
        Header(
            alias=IDEMPOTENCY_KEY,
            description="A value of your own, such as a UUID. A request that is sent again with it within a "
            "day makes nothing again and gets the first answer.",
            min_length=1,
            max_length=128,
            pattern="^[!-~]+$",
        ),
    ] = None,
) -> Once:
    """Return the request as one that may have been made before, by the same account or address."""
    owner = idempotency.of_account(caller.owner.id) if caller else idempotency.of_visitor(address)
    path: str = request.scope["route"].path
    there = workspace or (caller.owner.workspace_id if caller else None)
    elsewhere = f" in {there}" if caller and there != caller.owner.id else ""
    return Once(resources, response, owner, f"{request.method} {path}{elsewhere}", key)


OncePerKey = Annotated[Once, Depends(get_once)]
