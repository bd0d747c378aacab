"""The list as SQLAlchemy shows it: statements are written where they are run."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, status
from sqlalchemy import select

from answer import Caller, Credentials, MemberList, MemberOut, unauthorised
from schema import ApiKey, Database, Membership, Role, User, now

router = APIRouter()


async def caller(database: Database, credentials: Credentials) -> Caller:
    """The member whose key it is."""
    if credentials is None:
        raise unauthorised()
    digest = hashlib.sha256(credentials.credentials.encode()).digest()
    key = database.execute(
        select(
            ApiKey.user_id, ApiKey.organisation_id, ApiKey.expires_at, ApiKey.revoked_at
        ).where(ApiKey.digest == digest)
    ).one_or_none()
    if key is None or key.revoked_at is not None:
        raise unauthorised()
    if key.expires_at is not None and key.expires_at <= now():
        raise unauthorised()
    role = database.scalar(
        select(Membership.role).where(
            Membership.organisation_id == key.organisation_id, Membership.user_id == key.user_id
        )
    )
    if role is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no active organisation")
    return Caller(key.organisation_id, key.user_id, Role(role))


@router.get("/members")
async def list_members(
    database: Database,
    caller: Annotated[Caller, Depends(caller)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    cursor: UUID | None = None,
) -> MemberList:
    """A page of members, in the order of their ids."""
    page = (
        select(User.id, User.email, User.name, Membership.role, Membership.joined_at)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == caller.organisation_id)
        .order_by(Membership.user_id)
        .limit(limit + 1)
    )
    if cursor is not None:
        page = page.where(Membership.user_id > cursor)
    rows = database.execute(page).all()
    members = [MemberOut.model_validate(row) for row in rows[:limit]]
    return MemberList(
        members=members,
        current_user_id=caller.user_id,
        current_user_role=caller.role,
        next_cursor=members[-1].id if len(rows) > limit else None,
    )
