"""The account on whose behalf a request is made, and the workspace that it is made in."""

from __future__ import annotations

from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.domain.roles import ALLOWED, May, Role


@dataclass(frozen=True, slots=True)
class Owner:
    """A signed-in account in one workspace; where accounts are optional, None stands for a visitor.

    Without a ``workspace_id`` it is in its personal workspace, which has the account's id.
    """

    id: str
    tier: Tier
    workspace_id: str = ""
    role: Role = Role.ADMIN

    def __post_init__(self) -> None:
        if not self.workspace_id:
            object.__setattr__(self, "workspace_id", self.id)

    @property
    def is_at_home(self) -> bool:
        """Whether the workspace is the account's personal one."""
        return self.workspace_id == self.id

    @property
    def shared_id(self) -> str | None:
        """The id of a shared workspace; None in the personal one."""
        return None if self.is_at_home else self.workspace_id

    def may(self, action: May) -> bool:
        """Return whether the role allows an action."""
        return action in ALLOWED[self.role]

    def need(self, action: May) -> None:
        """Raise `DeepShieldError` ROLE_MISSING, which names the action, when the role does not allow it."""
        if not self.may(action):
            message = f"You are {self.role.value} in this workspace, which does not allow this. Ask an admin."
            raise DeepShieldError(Code.ROLE_MISSING, message, role=self.role.value, action=action.value)


def workspace_of(owner: Owner | None) -> str | None:
    """Return the id of the workspace that a request is made in; None for a visitor, who has none."""
    return None if owner is None else owner.workspace_id
