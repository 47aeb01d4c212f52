"""Workspaces: made, changed and deleted, their members and invitations; for who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from deepshield.api.auth import CurrentLogin
from deepshield.api.deps import ResourcesOf, SettingsOf, refuse_cross_site
from deepshield.api.documented import ANY_ROUTE, SIGNED_IN, failures
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.workspaces import (
    InvitationAnswer,
    InvitationCreated,
    InvitationList,
    InvitationRequest,
    InvitationRevoked,
    MemberAnswer,
    MemberChange,
    MemberList,
    MemberRemoved,
    OpenInvitation,
    Workspace,
    WorkspaceChange,
    WorkspaceDeleted,
    WorkspaceList,
    WorkspaceRequest,
)
from deepshield.domain.failures import Code
from deepshield.settings import Settings
from deepshield.workspaces import changing
from deepshield.workspaces import invitations as inviting
from deepshield.workspaces import members as membership
from deepshield.workspaces.removal import delete_workspace as delete

_READING = (
    *ANY_ROUTE,
    Code.UNAUTHORIZED,
    Code.KEY_NOT_ACCEPTED,
    Code.ROLE_MISSING,
    Code.NOT_FOUND,
    Code.VALIDATION_ERROR,
)
_CHANGED = failures(*SIGNED_IN, Code.ROLE_MISSING)
_MADE = failures(*SIGNED_IN, Code.ROLE_MISSING, Code.TOO_MANY, Code.CONFLICT, Code.IDEMPOTENCY_KEY_REUSED)

router = APIRouter(
    prefix="/workspaces",
    tags=["workspaces"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_READING),
)
invitations = APIRouter(
    prefix="/invitations",
    tags=["workspaces"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*ANY_ROUTE, Code.NOT_FOUND, Code.VALIDATION_ERROR),
)

_Id = Path(max_length=36, pattern="^[0-9a-f-]*$")
WorkspaceId = Annotated[str, _Id]
UserId = Annotated[str, _Id]
InvitationId = Annotated[str, _Id]
Token = Annotated[
    str, Path(description="The invitation's token.", max_length=100, pattern="^[0-9A-Za-z_-]*$")
]


@router.get("", summary="My workspaces")
def get_workspaces(login: CurrentLogin, resources: ResourcesOf) -> WorkspaceList:
    """Return the account's workspaces with its roles."""
    found = changing.workspaces_of(resources, login.owner)
    return WorkspaceList(workspaces=[Workspace.of(one) for one in found])


@router.post("", summary="Make a workspace", responses=_MADE)
def post_workspace(
    wanted: WorkspaceRequest, login: CurrentLogin, resources: ResourcesOf, once: OncePerKey
) -> Workspace:
    """Make a workspace for several people; who makes it is its admin."""
    return once.make(
        Workspace,
        [wanted.model_dump(mode="json")],
        lambda within: changing.make_workspace(resources, login.owner, wanted.name, within),
        Workspace.of,
    )


@router.get("/{workspace_id}", summary="A workspace")
def get_workspace(workspace_id: WorkspaceId, login: CurrentLogin, resources: ResourcesOf) -> Workspace:
    """Return one of the account's workspaces; 404 for what is not there and for others'."""
    return Workspace.of(changing.find_workspace(resources, login.owner, workspace_id))


@router.patch("/{workspace_id}", summary="Change a workspace", responses=_CHANGED)
def patch_workspace(
    workspace_id: WorkspaceId, wanted: WorkspaceChange, login: CurrentLogin, resources: ResourcesOf
) -> Workspace:
    """Change the name, for how long files are kept, whether reviews are blind and asked for; for admins."""
    changed = changing.change_workspace(resources, login.owner, workspace_id, wanted.given())
    return Workspace.of(changed)


@router.delete(
    "/{workspace_id}",
    summary="Delete a workspace",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT, Code.HELD),
)
def delete_workspace(
    workspace_id: WorkspaceId, login: CurrentLogin, resources: ResourcesOf
) -> WorkspaceDeleted:
    """Delete a workspace for all its members, with its jobs and files; 409 for a personal one. For admins."""
    delete(resources, login.owner, workspace_id)
    return WorkspaceDeleted(id=workspace_id)


@router.get("/{workspace_id}/members", summary="The members of a workspace")
def get_members(workspace_id: WorkspaceId, login: CurrentLogin, resources: ResourcesOf) -> MemberList:
    """Return the members with their addresses and roles, for all of them."""
    found = membership.members_of(resources, login.owner, workspace_id)
    return MemberList(members=[MemberAnswer.model_validate(one) for one in found])


@router.patch(
    "/{workspace_id}/members/{user_id}",
    summary="Change a member's role",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT, Code.LAST_ADMIN),
)
def patch_member(
    workspace_id: WorkspaceId,
    user_id: UserId,
    wanted: MemberChange,
    login: CurrentLogin,
    resources: ResourcesOf,
) -> MemberAnswer:
    """Give a member another role, from the next request on; for admins. 409 LAST_ADMIN for the only one."""
    changed = membership.set_role(resources, login.owner, workspace_id, user_id, wanted.role)
    return MemberAnswer.model_validate(changed)


@router.delete(
    "/{workspace_id}/members/{user_id}",
    summary="Remove a member, or leave",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT, Code.LAST_ADMIN),
)
def delete_member(
    workspace_id: WorkspaceId, user_id: UserId, login: CurrentLogin, resources: ResourcesOf
) -> MemberRemoved:
    """Remove a member, for admins, or leave; its keys there are revoked, what it has sent stays."""
    membership.remove_member(resources, login.owner, workspace_id, user_id)
    return MemberRemoved(user_id=user_id)


@router.get("/{workspace_id}/invitations", summary="The invitations to a workspace")
def get_invitations(workspace_id: WorkspaceId, login: CurrentLogin, resources: ResourcesOf) -> InvitationList:
    """Return the invitations with what became of them; for admins."""
    found = inviting.invitations_of(resources, login.owner, workspace_id)
    return InvitationList(invitations=[InvitationAnswer.model_validate(one) for one in found])


@router.post("/{workspace_id}/invitations", summary="Invite somebody", responses=_MADE)
def post_invitation(
    workspace_id: WorkspaceId,
    wanted: InvitationRequest,
    login: CurrentLogin,
    resources: ResourcesOf,
    settings: SettingsOf,
    once: OncePerKey,
) -> InvitationCreated:
    """Make a link that one account can accept within seven days, and show it, this once; for admins."""
    return once.make(
        InvitationCreated,
        [workspace_id, wanted.model_dump(mode="json")],
        lambda within: inviting.invite(resources, login.owner, workspace_id, wanted.role, within),
        lambda made: InvitationCreated.of(made, _public_url(settings)),
    )


@router.delete(
    "/{workspace_id}/invitations/{invitation_id}", summary="Revoke an invitation", responses=_CHANGED
)
def delete_invitation(
    workspace_id: WorkspaceId, invitation_id: InvitationId, login: CurrentLogin, resources: ResourcesOf
) -> InvitationRevoked:
    """End an invitation that has not been used; for admins."""
    inviting.revoke_invitation(resources, login.owner, workspace_id, invitation_id)
    return InvitationRevoked(id=invitation_id)


@invitations.get("/{token}", summary="What an invitation offers")
def get_invitation(token: Token, resources: ResourcesOf) -> OpenInvitation:
    """Return who invites to which workspace and as what, to whoever has the token, signed in or not.

    The answer is the same 404 for an unknown, used, revoked or expired one.
    """
    return OpenInvitation.model_validate(inviting.find_offer(resources, token))


@invitations.post("/{token}", summary="Accept an invitation", responses=failures(*SIGNED_IN, Code.CONFLICT))
def accept_invitation(token: Token, login: CurrentLogin, resources: ResourcesOf) -> Workspace:
    """Become a member; the invitation is used up. 409 for who is one already."""
    return Workspace.of(inviting.accept(resources, login.owner, token))


def _public_url(settings: Settings) -> str:
    return "" if settings.public_url is None else str(settings.public_url)
