"""What is kept, and how it is reached."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """What is kept."""


class Role(StrEnum):
    """What a member may do."""

    ADMIN = "admin"
    MEMBER = "member"


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Organisation(Base):
    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Membership(Base):
    __tablename__ = "memberships"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    role: Mapped[str]
    joined_at: Mapped[datetime]


class ApiKey(Base):
    """A key, known by the digest of its 256 random bits."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def now() -> datetime:
    """UTC, as SQLite keeps it: without its zone."""
    return datetime.now(UTC).replace(tzinfo=None)


async def session(request: Request) -> AsyncIterator[Session]:
    with request.app.state.sessions() as opened:
        yield opened


Database = Annotated[Session, Depends(session)]
