"""Members of an organisation with FastAPI, SQLAlchemy and uvicorn, on SQLite.

    python server.py --port 0 --database FILE

Everything runs on the event loop: on SQLite the hand-over to a thread, or to aiosqlite, costs more
than these reads do.

An empty database is filled first. Prints one line of JSON, what to call it with, and then
`listening on http://127.0.0.1:PORT`.
"""

import argparse
import hashlib
import json
import secrets
import socket
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

import members
import members_tuned
from schema import ApiKey, Base, Membership, Organisation, Role, User, now

MEMBERS = 20
# Asked in turn, each by its admin.
ORGANISATIONS = 100

app = FastAPI(title="Members")
app.include_router(members.router)
app.include_router(members_tuned.router)


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
