"""A workspace's API keys, which only an admin who is signed in makes and revokes."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from deepshield.api.auth import ManagingLogin
from deepshield.api.deps import ResourcesOf, refuse_cross_site
from deepshield.api.documented import SIGNED_IN, failures
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.keys import KeyAnswer, KeyCreated, KeyList, KeyRequest, KeyRevoked
from deepshield.domain.failures import Code
from deepshield.keys.making import NewKey, keys_of, make_key, revoke_key

router = APIRouter(prefix="/keys", tags=["keys"], dependencies=[Depends(refuse_cross_site)])

KeyId = Annotated[str, Path(description="The key's id.", max_length=36, pattern="^[0-9a-f-]*$")]


@router.get(
    "",
    summary="My API keys",
    responses=failures(
        Code.UNAUTHORIZED, Code.KEY_NOT_ACCEPTED, Code.ROLE_MISSING, Code.NOT_FOUND, Code.VALIDATION_ERROR
    ),
)
def get_keys(owner: ManagingLogin, resources: ResourcesOf) -> KeyList:
    """Return the workspace's keys, without what opens anything."""
    return KeyList(
        keys=[KeyAnswer.model_validate(row) for row in keys_of(resources.database, owner.workspace_id)]
    )


@router.post(
    "",
    summary="Make an API key",
    responses=failures(
        *SIGNED_IN,
        Code.ROLE_MISSING,
        Code.NOT_FOUND,
        Code.VALIDATION_ERROR,
        Code.TOO_MANY,
        Code.IDEMPOTENCY_KEY_REUSED,
    ),
)
def post_key(
    wanted: KeyRequest, owner: ManagingLogin, resources: ResourcesOf, once: OncePerKey
) -> KeyCreated:
    """Make a key and show it, this once; only its hash is kept. It acts in the present workspace alone."""

    make = partial(
        make_key,
        resources,
        owner,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=wanted.expires_at,
    )
    facts = [wanted.model_dump(mode="json")]
    return once.make(KeyCreated, facts, lambda within: make(within=within), _created)


def _created(made: NewKey) -> KeyCreated:
    return KeyCreated(**KeyAnswer.model_validate(made.row).model_dump(), key=made.secret)


@router.delete(
    "/{key_id}",
    summary="Revoke an API key",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.NOT_FOUND, Code.VALIDATION_ERROR),
)
def delete_key(key_id: KeyId, owner: ManagingLogin, resources: ResourcesOf) -> KeyRevoked:
    """Revoke a key: it opens nothing from the answer on, and streams that it opened end."""
    revoke_key(resources, owner, key_id)
    return KeyRevoked(id=key_id)
