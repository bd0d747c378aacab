"""What is answered, to whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict

from schema import Role


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


Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
]


def unauthorised() -> HTTPException:
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, "a valid key is needed", {"WWW-Authenticate": "Bearer"}
    )
