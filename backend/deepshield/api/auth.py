"""Who sends a request: dependencies that turn an API key, a Bearer token or the cookie into an account.

`ReadingOwner` and its siblings are for routes that keys with one scope may use, members of a workspace whose
role allows it, and visitors where accounts are optional. `CurrentLogin` is for routes that need somebody who
is signed in, which no key is; `PersonIn` for those of them that act in a workspace, `ManagingLogin` for those
that manage a workspace's keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from deepshield.accounts.second_factor import is_missing
from deepshield.accounts.sessions import Login, find_login
from deepshield.api.deps import ResourcesOf, WantedWorkspace
from deepshield.api.http.credentials import API_KEY, api_key, bearer_token, cookie_token
from deepshield.api.http.csrf import refuse_cross_site
from deepshield.api.state import state_of
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.domain.scopes import Scope
from deepshield.keys.opening import Key, open_key
from deepshield.resources import Resources
from deepshield.workspaces.standing import enter, unknown_workspace

_token = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="The access token that login answers with, or an API key. Browsers send the HttpOnly cookie "
    "instead.",
)
_key = APIKeyHeader(
    name=API_KEY, auto_error=False, scheme_name="key", description="An API key, which begins with ds_."
)


OF_ACCOUNT = "/api/auth/"
"""How routes begin that are about the account itself: signing in and out, password, second factor."""
_NEEDED = {
    Scope.ANALYSE: May.ANALYSE,
    Scope.READ: May.READ,
    Scope.EXPORT: May.READ,  # reports and files of one result at a time
    Scope.ADMIN: May.MANAGE,
}
"""What a member's role must allow on the routes of each scope."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An account, and by what it was recognised: a login or a key."""

    owner: Owner
    by: Login | Key

    @property
    def credential_id(self) -> str:
        """The id of the login or of the key, which ends what was opened with it when it ends."""
        return self.by.id if isinstance(self.by, Key) else self.by.session_id

    def credential_in(self, owner: Owner) -> str:
        """Return the same for what was opened in ``owner``'s workspace, whose membership may end too."""
        if owner.is_at_home:
            return self.credential_id
        return f"{self.credential_id} {owner.workspace_id} {owner.id}"


async def get_caller(
    request: Request,
    resources: ResourcesOf,
    _: Annotated[HTTPAuthorizationCredentials | None, Security(_token)],
    __: Annotated[str | None, Security(_key)],
) -> Caller | None:
    """Return who sends the request, None for a visitor; a key precedes a Bearer token, and that the cookie.

    Raises UNAUTHORIZED for an invalid key or token, CROSS_SITE_REQUEST for a change that another site
    requests with the cookie, SECOND_FACTOR_UNSET but for an account's own routes where the service wants a
    second factor and the account has none.
    """
    caller = await _caller(request, resources)
    if caller is None or not resources.settings.saas.require_second_factor:
        return caller
    own = str(request.scope["path"]).startswith(OF_ACCOUNT)
    if not own and await run_in_threadpool(is_missing, resources, caller.owner.id):
        raise DeepShieldError(Code.SECOND_FACTOR_UNSET)
    return caller


async def _caller(request: Request, resources: Resources) -> Caller | None:
    refuse_cross_site(request, resources.settings)
    secret = api_key(request)
    if secret is not None:
        key = await run_in_threadpool(open_key, resources, secret)
        state_of(request).seen_keys.remember(secret, key.owner.id)
        return Caller(key.owner, key)
    token = bearer_token(request)
    if token is None:
        token = cookie_token(request, resources.settings)
    if token is None:
        return None
    login = await run_in_threadpool(find_login, resources, token)
    return Caller(login.owner, login)


async def get_login(caller: Annotated[Caller | None, Depends(get_caller)]) -> Login | None:
    """Return who is signed in; raises KEY_NOT_ACCEPTED for a key, which is no login."""
    if caller is None:
        return None
    if isinstance(caller.by, Key):
        raise DeepShieldError(Code.KEY_NOT_ACCEPTED)
    return caller.by


async def get_owner(
    scopes: SecurityScopes,
    caller: Annotated[Caller | None, Depends(get_caller)],
    workspace: WantedWorkspace,
    resources: ResourcesOf,
) -> Owner | None:
    """Return the account in the workspace that the request names; None is a visitor.

    Raises SCOPE_MISSING for a key without the route's scope, KEY_NOT_ACCEPTED where the route has none,
    NOT_FOUND for a workspace that the account is no member of or its key is not for, ROLE_MISSING, and
    UNAUTHORIZED for a visitor who names a workspace or whom SAAS_REQUIRE_AUTH=true refuses.
    """
    if caller is None:
        if resources.settings.saas.require_auth or workspace is not None:
            raise not_signed_in()
        return None
    if isinstance(caller.by, Key):
        if not scopes.scopes:
            raise DeepShieldError(Code.KEY_NOT_ACCEPTED)
        for scope in scopes.scopes:
            caller.by.need(Scope(scope))
    owner = await _in_workspace(caller, workspace, resources)
    for scope in scopes.scopes:
        owner.need(_NEEDED[Scope(scope)])
    return owner


async def _in_workspace(caller: Caller, workspace: str | None, resources: Resources) -> Owner:
    if workspace is None or workspace == caller.owner.workspace_id:
        return caller.owner
    if isinstance(caller.by, Key):  # it acts in its own workspace alone
        raise unknown_workspace()
    return await run_in_threadpool(enter, resources, caller.owner, workspace)


async def require_owner(
    owner: Annotated[Owner | None, Security(get_owner, scopes=[Scope.ADMIN.value])],
) -> Owner:
    """Return the account; raises UNAUTHORIZED for a visitor also where accounts are optional."""
    if owner is None:
        raise not_signed_in()
    return owner


async def require_reader(
    owner: Annotated[Owner | None, Security(get_owner, scopes=[Scope.READ.value])],
) -> Owner:
    """Return the account that reads its workspace; raises UNAUTHORIZED for a visitor, who has none."""
    if owner is None:
        raise not_signed_in()
    return owner


async def require_member(
    owner: Annotated[Owner | None, Security(get_owner, scopes=[Scope.ANALYSE.value])],
) -> Owner:
    """Return the account that works in its workspace; raises UNAUTHORIZED for a visitor, who has none."""
    if owner is None:
        raise not_signed_in()
    return owner


async def require_exporter(
    owner: Annotated[Owner | None, Security(get_owner, scopes=[Scope.EXPORT.value])],
) -> Owner:
    """Return the account that takes results out; raises UNAUTHORIZED for a visitor, who has no workspace."""
    if owner is None:
        raise not_signed_in()
    return owner


async def require_login(login: Annotated[Login | None, Depends(get_login)]) -> Login:
    """Return who is signed in; raises UNAUTHORIZED when nobody is."""
    if login is None:
        raise not_signed_in()
    return login


CurrentLogin = Annotated[Login, Depends(require_login)]


async def require_person(
    caller: Annotated[Caller | None, Depends(get_caller)],
    login: CurrentLogin,
    workspace: WantedWorkspace,
    resources: ResourcesOf,
) -> Owner:
    """Return who is signed in, which no key is, in the workspace that the request names."""
    assert caller is not None, "who is signed in is a caller"
    return await _in_workspace(caller, workspace, resources)


async def require_manager(owner: Annotated[Owner, Depends(require_person)]) -> Owner:
    """Return who is signed in and manages the workspace that the request names; raises ROLE_MISSING."""
    owner.need(May.MANAGE)
    return owner


async def require_auditor(owner: Annotated[Owner, Depends(require_person)]) -> Owner:
    """Return who is signed in and reads the activity of the workspace; raises ROLE_MISSING."""
    owner.need(May.AUDIT)
    return owner


PersonIn = Annotated[Owner, Depends(require_person)]
ManagingLogin = Annotated[Owner, Depends(require_manager)]
AuditingLogin = Annotated[Owner, Depends(require_auditor)]
MaybeCaller = Annotated[Caller | None, Depends(get_caller)]
MaybeLogin = Annotated[Login | None, Depends(get_login)]
AnalysingOwner = Annotated[Owner | None, Security(get_owner, scopes=[Scope.ANALYSE.value])]
ReadingOwner = Annotated[Owner | None, Security(get_owner, scopes=[Scope.READ.value])]
ExportingOwner = Annotated[Owner | None, Security(get_owner, scopes=[Scope.EXPORT.value])]
AdministeringOwner = Annotated[Owner, Depends(require_owner)]
ReadingMember = Annotated[Owner, Depends(require_reader)]
WorkingMember = Annotated[Owner, Depends(require_member)]
ExportingMember = Annotated[Owner, Depends(require_exporter)]
