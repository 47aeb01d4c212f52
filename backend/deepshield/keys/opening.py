"""Who a key acts for, and what it may do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import known
from deepshield.domain.scopes import Scope
from deepshield.keys.making import hash_of
from deepshield.persistence.repositories import keys
from deepshield.resources import Resources

_USE_NOTED_EVERY = timedelta(minutes=1)
_LONGEST = 200
_SEEN_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Key:
    """A valid key, and the account with its role in the one workspace in which the key acts."""

    id: str
    owner: Owner
    scopes: frozenset[Scope]

    def need(self, scope: Scope) -> None:
        """Raise SCOPE_MISSING, which names the scope, when the key does not have it."""
        if scope not in self.scopes:
            message = f"This API key does not have the scope {scope.value}. Make one that has it."
            raise DeepShieldError(Code.SCOPE_MISSING, message, scope=scope.value)


def open_key(resources: Resources, secret: str) -> Key:
    """Return a key by its secret, and record its use once a minute.

    Raises UNAUTHORIZED for an unknown, revoked or expired one, and one of a workspace that its account left.
    """
    if len(secret) > _LONGEST:
        raise not_signed_in()
    now = resources.clock()
    with resources.database.read() as session:
        found = keys.find(session, hash_of(secret), now)
    if found is None:
        raise not_signed_in()
    row, user, role = found
    if row.workspace_id is not None and role is None:
        raise not_signed_in()
    if row.last_used_at is None or row.last_used_at < now - _USE_NOTED_EVERY:
        with resources.database.write() as session:
            keys.note_use(session, row.id, now, now - _USE_NOTED_EVERY)
    # A scope of a later version, after going back to this one, allows nothing.
    scopes = frozenset(scope for scope in Scope if scope.value in row.scopes)
    tier = Tier(user.tier)
    owner = (
        Owner(user.id, tier) if role is None else Owner(user.id, tier, row.workspace_id or "", known(role))
    )
    return Key(row.id, owner, scopes)


def keys_alive(resources: Resources, key_ids: Collection[str]) -> frozenset[str]:
    """Return those of some keys that still open something, in one query."""
    with resources.database.read() as session:
        return keys.alive(session, key_ids, resources.clock())


class SeenKeys:
    """The accounts of keys that this process has opened, for counting their requests before they are opened.

    Safe to share between threads. A key that was revoked may be remembered; it only says whose limit counts.
    """

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def remember(self, secret: str, owner_id: str) -> None:
        """Remember the account of a key that has been opened."""
        with self._lock:
            self._owners[hash_of(secret)] = owner_id
            if len(self._owners) > _SEEN_AT_MOST:
                self._owners.popitem(last=False)

    def owner_of(self, secret: str) -> str | None:
        """Return the account of a key; None for one that has not been opened, such as an invented one."""
        return self._owners.get(hash_of(secret))
