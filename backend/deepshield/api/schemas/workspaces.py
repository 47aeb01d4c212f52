"""Workspaces, their members and invitations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import NAMING, Answer
from deepshield.domain.roles import ALLOWED, May, Role, known
from deepshield.persistence.repositories.workspaces import Standing
from deepshield.workspaces.changing import LONGEST_NAME
from deepshield.workspaces.invitations import InvitationState, NewInvitation

_WORKSPACE_ID = "3f0f4d5e-3f55-4a3a-9f0b-6f2a1c9c1e11"
_USER_ID = "6f1c1a3e-7b1d-4c56-9d0e-0a4d1b8f2f11"
_INVITATION_ID = "b0b3f4f2-7a5c-4d5e-8a66-5d1a0c3b9e11"
_EMAIL = "ada@example.com"
_NAME = "Newsroom"
_TOKEN = "q0Qd3o0uH3mT1vXn2cR8b5kYwLzEaGiJ6sPfMtVxBhU"  # noqa: S105 - an example

Name = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME, pattern=NAMING, examples=[_NAME]),
]
Hours = Annotated[
    int | None,
    Field(
        ge=1,
        description="For how many hours after a job's end its files are kept; null is the service's time, "
        "which is also the longest.",
        examples=[24],
    ),
]


class WorkspaceRequest(Answer):
    """A workspace to make."""

    name: Name


class WorkspaceChange(Answer):
    """What is to be changed of a workspace; what is not given stays."""

    name: Name | None = None
    retention_hours: Hours = None
    blind_review: bool | None = None
    asks_for_reviews: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return what is to be changed; null is a value of the retention alone."""
        sent = self.model_dump(exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name == "retention_hours"}


class Workspace(Answer):
    """A workspace as one of its members has it."""

    id: str = Field(examples=[_WORKSPACE_ID])
    name: str = Field(examples=[_NAME])
    personal: bool = Field(description="Whether it is the account's own, which has no other members.")
    role: Role = Field(description="The caller's.")
    may: list[May] = Field(description="What the role allows.", examples=[["read", "analyse"]])
    retention_hours: Hours
    blind_review: bool = Field(
        description="Whether who reviews a file is told nothing of the machine's verdict before the answer."
    )
    asks_for_reviews: bool = Field(
        description="Whether analyses are put up for review that are in doubt, are drawn, are changed by a "
        "recheck, or were called wrong."
    )
    members: int = Field(examples=[4])
    created_at: AwareDatetime

    @classmethod
    def of(cls, standing: Standing) -> Workspace:
        """Return a workspace with the role of one of its members."""
        row, role = standing.workspace, known(standing.role)
        return cls(
            id=row.id,
            name=row.name,
            personal=row.personal_of is not None,
            role=role,
            may=[one for one in May if one in ALLOWED[role]],
            retention_hours=row.retention_hours,
            blind_review=row.blind_review,
            asks_for_reviews=row.asks_for_reviews,
            members=standing.members,
            created_at=row.created_at,
        )


class WorkspaceList(Answer):
    """The account's workspaces: the personal one, then the others by name."""

    workspaces: list[Workspace]


class WorkspaceDeleted(Answer):
    """The workspace is gone with its jobs and files."""

    id: str = Field(examples=[_WORKSPACE_ID])
    status: Literal["deleted"] = "deleted"


class MemberAnswer(Answer):
    """A member of a workspace."""

    user_id: str = Field(examples=[_USER_ID])
    email: str = Field(examples=[_EMAIL])
    role: Role
    since: AwareDatetime


class MemberList(Answer):
    """The members of a workspace, those of longest standing first."""

    members: list[MemberAnswer]


class MemberChange(Answer):
    """Another role for a member."""

    role: Role


class MemberRemoved(Answer):
    """The account is no member any more; what it has sent stays."""

    user_id: str = Field(examples=[_USER_ID])
    status: Literal["removed"] = "removed"


class InvitationRequest(Answer):
    """An invitation to make."""

    role: Role = Field(description="What who accepts becomes.")


class InvitationAnswer(Answer):
    """An invitation without its token."""

    id: str = Field(examples=[_INVITATION_ID])
    role: Role
    created_at: AwareDatetime
    expires_at: AwareDatetime
    made_by: str | None = Field(description="Null once the account is gone.", examples=[_EMAIL])
    used_at: AwareDatetime | None
    state: InvitationState


class InvitationCreated(InvitationAnswer):
    """A new invitation with its token: this is the only time that it is shown."""

    token: str = Field(examples=[_TOKEN])
    url: str = Field(
        description="The page that accepts it; without a PUBLIC_URL only its path.",
        examples=[f"https://deepshield.example.org/people/?invitation={_TOKEN}"],
    )

    @classmethod
    def of(cls, made: NewInvitation, public_url: str) -> InvitationCreated:
        """Return a new invitation with the address of its page."""
        shown = InvitationAnswer.model_validate(made.invited).model_dump()
        url = f"{public_url.rstrip('/')}/people/?invitation={made.token}"
        return cls(**shown, token=made.token, url=url)


class InvitationList(Answer):
    """The invitations of a workspace, the newest first, also those that cannot be used any more."""

    invitations: list[InvitationAnswer]


class InvitationRevoked(Answer):
    """The invitation cannot be used any more."""

    id: str = Field(examples=[_INVITATION_ID])
    status: Literal["revoked"] = "revoked"


class OpenInvitation(Answer):
    """What an invitation offers to who has its token."""

    workspace: str = Field(description="Its name.", examples=[_NAME])
    role: Role
    invited_by: str | None = Field(description="Null once the account is gone.", examples=[_EMAIL])
    expires_at: AwareDatetime
