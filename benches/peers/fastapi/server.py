"""Members of an organisation with FastAPI, SQLAlchemy and uvicorn, on SQLite.

    python server.py --port 0 --database FILE

Everything runs on the event loop: on SQLite the hand-over to a thread, or to aiosqlite, costs more
than these reads do. Statements are built once; that saves a third of a request.

An empty database is filled first. Prints one line of JSON, what to call it with, and then
`listening on http://127.0.0.1:PORT`.
"""

import argparse
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, ForeignKey, and_, bindparam, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

MEMBERS = 20
# Asked in turn, each by its admin.
ORGANISATIONS = 100


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


class MemberOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime


class MemberList(BaseModel):
    members: list[MemberOut]
    current_user_id: UUID
    current_user_role: Role
    next_cursor: UUID | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as a member of which organisation."""

    organisation_id: UUID
    user_id: UUID
    role: Role


# A key, and its user's role in the organisation that it is for.
KEY = (
    select(
        ApiKey.user_id,
        ApiKey.organisation_id,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        Membership.role,
    )
    .outerjoin(
        Membership,
        and_(
            Membership.organisation_id == ApiKey.organisation_id,
            Membership.user_id == ApiKey.user_id,
        ),
    )
    .where(ApiKey.digest == bindparam("digest"))
)
FIRST_PAGE = (
    select(User.id, User.email, User.name, Membership.role, Membership.joined_at)
    .join(User, User.id == Membership.user_id)
    .where(Membership.organisation_id == bindparam("organisation_id"))
    .order_by(Membership.user_id)
    .limit(bindparam("count"))
)
LATER_PAGE = FIRST_PAGE.where(Membership.user_id > bindparam("after"))


async def session(request: Request) -> AsyncIterator[Session]:
    with request.app.state.sessions() as opened:
        yield opened


Database = Annotated[Session, Depends(session)]
bearer = HTTPBearer(auto_error=False)


async def caller(
    database: Database,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The member whose key it is."""
    if credentials is None:
        raise unauthorised()
    digest = hashlib.sha256(credentials.credentials.encode()).digest()
    key = database.execute(KEY, {"digest": digest}).one_or_none()
    if key is None or key.revoked_at is not None:
        raise unauthorised()
    if key.expires_at is not None and key.expires_at <= now():
        raise unauthorised()
    if key.role is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no active organisation")
    return Caller(key.organisation_id, key.user_id, Role(key.role))


def now() -> datetime:
    """UTC, as SQLite keeps it: without its zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def unauthorised() -> HTTPException:
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, "a valid key is needed", {"WWW-Authenticate": "Bearer"}
    )


app = FastAPI(title="Members")


@app.get("/members")
async def list_members(
    database: Database,
    caller: Annotated[Caller, Depends(caller)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    cursor: UUID | None = None,
) -> MemberList:
    """A page of members, in the order of their ids."""
    wanted = {"organisation_id": caller.organisation_id, "count": limit + 1}
    if cursor is None:
        rows = database.execute(FIRST_PAGE, wanted).all()
    else:
        rows = database.execute(LATER_PAGE, wanted | {"after": cursor}).all()
    members = [MemberOut.model_validate(row) for row in rows[:limit]]
    return MemberList(
        members=members,
        current_user_id=caller.user_id,
        current_user_role=caller.role,
        next_cursor=members[-1].id if len(rows) > limit else None,
    )


def connect(file: str) -> Engine:
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def prepare(connection, _record) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    Base.metadata.create_all(engine)
    return engine


def fill(database: Session) -> None:
    """Organisations with people of their own, the first of them an admin."""
    for number in range(ORGANISATIONS):
        organisation = Organisation(id=uuid4(), name=f"Organisation {number}")
        users = [
            User(
                id=uuid4(),
                email=f"member{index}@organisation{number}.example.com",
                name=f"Member {index}",
            )
            for index in range(MEMBERS)
        ]
        database.add_all([organisation, *users])
        database.flush()
        database.add_all(
            Membership(
                organisation_id=organisation.id,
                user_id=user.id,
                role=Role.MEMBER if index else Role.ADMIN,
                joined_at=now(),
            )
            for index, user in enumerate(users)
        )


def issue_keys(database: Session) -> list[str]:
    """A new key for each admin: those of an earlier start cannot be read back."""
    keys = []
    for admin in database.scalars(select(Membership).where(Membership.role == Role.ADMIN)):
        secret = secrets.token_urlsafe(32)
        keys.append(secret)
        database.add(
            ApiKey(
                id=uuid4(),
                digest=hashlib.sha256(secret.encode()).digest(),
                organisation_id=admin.organisation_id,
                user_id=admin.user_id,
            )
        )
    return keys


class Server(uvicorn.Server):
    """Says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--database", required=True)
    arguments = parser.parse_args()

    app.state.sessions = sessionmaker(connect(arguments.database), expire_on_commit=False)
    with app.state.sessions.begin() as database:
        if database.scalar(select(Organisation.id).limit(1)) is None:
            fill(database)
        keys = issue_keys(database)
    print(json.dumps({"keys": keys}), flush=True)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", arguments.port))
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", log_level="warning", access_log=False
    )
    Server(config).run([listener])


if __name__ == "__main__":
    main()
