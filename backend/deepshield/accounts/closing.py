"""Deleting an account with its logins, jobs and files."""

from __future__ import annotations

from deepshield import idempotency
from deepshield.accounts.confirmation import confirm
from deepshield.accounts.login import wrong_credentials
from deepshield.accounts.sessions import Login
from deepshield.accounts.throttle import Throttle
from deepshield.deletion import delete_noted
from deepshield.persistence.repositories import audit, blobs, jobs, resumable, usage, users, workspaces
from deepshield.resources import Resources
from deepshield.workspaces.removal import leave_all, prepare_to_leave, refuse_held

_DELETED_AT_ONCE = 200  # files; the sweep deletes the rest, so that the request does not wait for thousands


def close_account(
    resources: Resources,
    throttle: Throttle,
    login: Login,
    *,
    password: str | None,
    code: str | None = None,
    address: str,
) -> None:
    """Delete the caller's account, its logins, its personal workspace's jobs and their files.

    A job under way is ended. Jobs in shared workspaces stay there without their sender; a workspace without
    other members goes too.

    In one transaction: when it commits, the workers of its jobs have lost their leases, and an upload at the
    same time is either deleted with the rest or refused. Raises INVALID_CREDENTIALS when the password is
    wrong or has changed meanwhile, SIGN_IN_AGAIN for an account without one, SECOND_FACTOR_REQUIRED or
    SECOND_FACTOR_WRONG where that is on, LAST_ADMIN when a shared workspace would have none, HELD while files
    that would go are held, RATE_LIMITED like a login.
    """
    user = confirm(resources, throttle, login, password=password, code=code, address=address)
    now = resources.clock()
    with resources.database.write() as session:
        # Workers and uploads take these locks in the same order, so that there is no deadlock.
        leaving = prepare_to_leave(session, user.id)
        jobs.lock_all(session, user.id, leaving.going)
        usage.remove_all(session, user.id)
        locked = users.lock(session, user.id)
        if locked is None or locked.password_hash != user.password_hash:
            raise wrong_credentials()
        workspaces.lock_to_remove(session, user.id)  # who holds a file there has done so, or finds it gone
        refuse_held(session, [user.id])
        keys = leave_all(session, user.id, leaving, now)
        keys += blobs.note_deletion_of_all(session, user.id, now)
        keys += resumable.remove(session, resumable.of_account(session, user.id), now)
        idempotency.remove_all(session, idempotency.of_account(user.id))
        users.remove(session, user.id)
        audit.record(session, "account.deleted", now, actor=user.id, subject=user.id)
    throttle.login_succeeded(login.email, address)
    delete_noted(resources, keys[:_DELETED_AT_ONCE])
