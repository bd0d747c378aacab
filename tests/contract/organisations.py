"""Real identifiers for the organisations document, and a home that the caller comes back to.

All of it goes through the API, as the caller and as other people.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from schemathesis.generation.meta import TestPhase

from people import Person, everybody, succeeded


class World:
    """What the caller's requests are about."""

    def __init__(self) -> None:
        self.caller, self.stranger, self.host, *self.others = everybody()
        self._numbers = itertools.count(1)
        # A home of the stranger's own, for the caller not to see.
        self._create_organisation(self.stranger)
        self.home = self._create_organisation(self.caller)
        plans = succeeded(self.caller.get("/v1/plans"))["plans"]
        self._plans = itertools.cycle([plan["id"] for plan in plans])

    def go_home(self) -> None:
        """Makes the home organisation active again, or another one if it is lost."""
        response = self.caller.post(
            "/v1/organisations/switch", {"organisation_id": self.home}
        )
        if response.status_code == 404:
            self.home = self._create_organisation(self.caller)
        else:
            succeeded(response)

    def member(self) -> str:
        """Another member of the home organisation."""
        members = succeeded(self.caller.get("/v1/organisations/members"))["members"]
        known = {member["id"] for member in members}
        others = sorted(known - {self.caller.user_id})
        if others:
            return others[next(self._numbers) % len(others)]
        for person in self.others:
            if self._join(person, "member"):
                return person.user_id
        raise AssertionError("nobody is left to become a member")

    def second_admin(self) -> None:
        """Sees to it that the caller is not the only admin."""
        succeeded(
            self.caller.patch(
                f"/v1/organisations/members/{self.member()}", {"role": "admin"}
            )
        )

    def invite(self) -> dict[str, Any]:
        """A pending invite of the home organisation."""
        email = f"guest{next(self._numbers)}@example.com"
        return succeeded(
            self.caller.post("/v1/organisations/invites", {"email": email})
        )

    def invite_for_the_caller(self) -> str:
        """The token of an invite that the caller may accept."""
        self._create_organisation(self.host)
        invite = self.host.post(
            "/v1/organisations/invites", {"email": self.caller.email}
        )
        return succeeded(invite)["token"]

    def key(self) -> str:
        """A key of the caller's, besides the one that all requests are made with."""
        body = {"name": f"Key {next(self._numbers)}", "scopes": ["usage:read"]}
        return succeeded(self.caller.post("/v1/organisations/keys", body))["id"]

    def plan(self) -> str:
        """A plan on offer."""
        return next(self._plans)

    def version(self) -> str:
        """The entity tag of the home organisation as it is now."""
        response = self.caller.get("/v1/organisations/current")
        succeeded(response)
        return response.headers["ETag"]

    def _create_organisation(self, person: Person) -> str:
        body = {"name": f"Organisation {next(self._numbers)}"}
        return succeeded(person.post("/v1/organisations", body))["id"]

    def _join(self, person: Person, role: str) -> bool:
        body = {"email": person.email, "role": role}
        invite = self.caller.post("/v1/organisations/invites", body)
        if invite.status_code == 409:
            return False
        token = succeeded(invite)["token"]
        succeeded(person.post("/v1/organisations/invites/accept", {"token": token}))
        return True


_world = World()
_calls: Counter[str] = Counter()


def _path(name: str, value: Callable[[], str]) -> Callable[[Any], None]:
    def supply(case: Any) -> None:
        case.path_parameters[name] = value()

    return supply


def _body(name: str, value: Callable[[], str]) -> Callable[[Any], None]:
    def supply(case: Any) -> None:
        if isinstance(case.body, dict):
            case.body[name] = value()

    return supply


def _if_match(case: Any) -> None:
    if "If-Match" in case.headers:
        case.headers["If-Match"] = _world.version()


def _token(case: Any) -> None:
    case.query["token"] = _world.invite()["token"]


def _second_admin(case: Any) -> None:
    _world.second_admin()


_SUPPLY: dict[str, Callable[[Any], None]] = {
    "switchOrganisation": _body("organisation_id", lambda: _world.home),
    "updateCurrentOrganisation": _if_match,
    "leaveOrganisation": _second_admin,
    "updateMemberRole": _path("member_id", _world.member),
    "removeMember": _path("member_id", _world.member),
    "previewInvite": _token,
    "acceptInvite": _body("token", _world.invite_for_the_caller),
    "resendInvite": _path("invite_id", lambda: _world.invite()["id"]),
    "revokeInvite": _path("invite_id", lambda: _world.invite()["id"]),
    "rotateApiKey": _path("key_id", _world.key),
    "revokeApiKey": _path("key_id", _world.key),
    "updatePlan": _body("plan_id", _world.plan),
}

# After these the caller may stand in another organisation, or in none.
_MOVES = {
    "createOrganisation",
    "switchOrganisation",
    "deleteCurrentOrganisation",
    "leaveOrganisation",
    "removeMember",
    "acceptInvite",
}


def prepare(case: Any) -> None:
    """Puts real identifiers into three of four valid requests; the fourth goes as it is."""
    operation = case.operation.definition.raw.get("operationId")
    # The requests to come need the key that they are made with.
    if (case.path_parameters or {}).get("key_id") == _world.caller.key_id:
        case.path_parameters["key_id"] = _world.key()
        return
    supply = _SUPPLY.get(operation)
    if supply is None or not _is_valid_by_itself(case):
        return
    _calls[operation] += 1
    if _calls[operation] % 4 != 0:
        supply(case)


def settle(case: Any, response: Any) -> None:
    """Brings the caller home."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in _MOVES and response.status_code < 300:
        _world.go_home()


def _is_valid_by_itself(case: Any) -> bool:
    """Neither broken on purpose nor a step on a way that links prescribe."""
    return (
        case.meta is not None
        and case.meta.generation.mode.is_positive
        and case.meta.phase.name is not TestPhase.STATEFUL
    )
