"""Real identifiers for the organisations document, and a home that the caller keeps.

All of it goes through the API, as the caller and as other people.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from schemathesis.generation.meta import TestPhase

import people
from people import Person, create_organisation, everybody, succeeded


class World:
    """What the caller's requests are about."""

    def __init__(self) -> None:
        self.caller, self.stranger, self.host, *self.others = everybody()
        self._numbers = itertools.count(1)
        self._idempotency = ""
        # A home of the stranger's own, for the caller not to see.
        self._create_organisation(self.stranger)
        self.move()
        plans = succeeded(self.caller.get("/v1/plans"))["plans"]
        self.plans = [plan["id"] for plan in plans]

    def move(self) -> None:
        """Into a new home with another member and a pending invite."""
        self.home = self._create_organisation(self.caller)
        self._join(self.others[0], "member")
        self.invite()
        self._idempotency = f"scenario{next(self._numbers)}-"

    def tidy_up(self) -> None:
        """Takes away what a list would show of earlier scenarios: organisations and keys."""
        for organisation in self.organisations():
            body = {"organisation_id": organisation}
            joined = succeeded(self.caller.post("/v1/organisations/switch", body))
            if joined["role"] == "admin":
                succeeded(self.caller.delete("/v1/organisations/current"))
            else:
                succeeded(self.caller.post("/v1/organisations/leave", None))
        for key in succeeded(self.caller.get("/v1/organisations/keys"))["api_keys"]:
            if key["id"] != self.caller.key_id:
                revoked = self.caller.delete(f"/v1/organisations/keys/{key['id']}")
                # A rotated key may have ended by itself in the meantime.
                if revoked.status_code != 404:
                    succeeded(revoked)

    def idempotency_key(self, key: str) -> str:
        """The key, made one that no other scenario has."""
        return (self._idempotency + key)[:255]

    def go_home(self) -> None:
        """Makes the home organisation the active one again."""
        body = {"organisation_id": self.home}
        succeeded(self.caller.post("/v1/organisations/switch", body))

    def go_away(self) -> None:
        """Into an organisation that the caller may delete, or leave to another admin."""
        self._create_organisation(self.caller)
        self._join(self.host, "admin")

    def organisations(self) -> set[str]:
        """The caller's organisations."""
        listed = succeeded(self.caller.get("/v1/organisations"))["organisations"]
        return {organisation["id"] for organisation in listed}

    def member(self) -> str:
        """Another member of the home organisation."""
        members = succeeded(self.caller.get("/v1/organisations/members"))["members"]
        taken = (self.caller.user_id, people.member().user_id)
        others = [member["id"] for member in members if member["id"] not in taken]
        if others:
            return others[next(self._numbers) % len(others)]
        for person in self.others:
            if self._join(person, "member"):
                return person.user_id
        raise RuntimeError("nobody is left to become a member")

    def invite(self) -> dict[str, Any]:
        """A pending invite of the home organisation."""
        body = {"email": f"guest{next(self._numbers)}@example.com"}
        return succeeded(self.caller.post("/v1/organisations/invites", body))

    def invite_for_the_caller(self) -> str:
        """The token of an invite that the caller may accept."""
        self._create_organisation(self.host)
        body = {"email": self.caller.email}
        return succeeded(self.host.post("/v1/organisations/invites", body))["token"]

    def knows_token(self, token: str) -> bool:
        """Whether this is the token of an invite, pending or not."""
        preview = self.caller.get("/v1/organisations/invites/preview", {"token": token})
        return preview.status_code in (200, 410)

    def key(self) -> str:
        """A key of the caller's, besides the one that all requests are made with."""
        body = {"name": f"Key {next(self._numbers)}", "scopes": ["usage:read"]}
        return succeeded(self.caller.post("/v1/organisations/keys", body))["id"]

    def plan(self) -> str:
        """A plan on offer."""
        return self.plans[next(self._numbers) % len(self.plans)]

    def version(self) -> str:
        """The entity tag of the home organisation, or now and then an old one."""
        if next(self._numbers) % 3 == 0:
            return '"old"'
        response = self.caller.get("/v1/organisations/current")
        succeeded(response)
        return response.headers["ETag"]

    def _create_organisation(self, person: Person) -> str:
        return create_organisation(person, f"Organisation {next(self._numbers)}")

    def _join(self, person: Person, role: str) -> bool:
        """Invites somebody into the caller's active organisation, and accepts for them."""
        body = {"email": person.email, "role": role}
        invite = self.caller.post("/v1/organisations/invites", body)
        if invite.status_code == 409:
            return False
        body = {"token": succeeded(invite)["token"]}
        succeeded(person.post("/v1/organisations/invites/accept", body))
        return True


_world = World()
_calls: Counter[str] = Counter()

# Where a request names something, by operation: the part, the name in it, and what is real.
_NAMES: dict[str, tuple[str, str, Callable[[], str]]] = {
    "switchOrganisation": ("body", "organisation_id", lambda: _world.home),
    "updateMemberRole": ("path_parameters", "member_id", _world.member),
    "removeMember": ("path_parameters", "member_id", _world.member),
    "previewInvite": ("query", "token", lambda: _world.invite()["token"]),
    "acceptInvite": ("body", "token", _world.invite_for_the_caller),
    "resendInvite": ("path_parameters", "invite_id", lambda: _world.invite()["id"]),
    "revokeInvite": ("path_parameters", "invite_id", lambda: _world.invite()["id"]),
    "rotateApiKey": ("path_parameters", "key_id", _world.key),
    "revokeApiKey": ("path_parameters", "key_id", _world.key),
    "updatePlan": ("body", "plan_id", _world.plan),
}

# What a name from an earlier step must be to lead somewhere still.
_LEADS_SOMEWHERE: dict[str, Callable[[str], bool]] = {
    "switchOrganisation": lambda name: name in _world.organisations(),
    "previewInvite": _world.knows_token,
    "acceptInvite": _world.knows_token,
    "updatePlan": lambda name: name in _world.plans,
}

# After these the caller may stand in another organisation, or in none.
_MOVES = {
    "createOrganisation",
    "switchOrganisation",
    "deleteCurrentOrganisation",
    "leaveOrganisation",
    "acceptInvite",
}


def begin_scenario() -> None:
    """Lets each scenario of linked requests find what the one before found."""
    _world.tidy_up()
    _world.move()


def prepare(case: Any) -> None:
    """Puts real names into valid requests, and keeps what later requests need."""
    operation = case.operation.definition.raw.get("operationId")
    _keep_the_caller(operation, case)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.meta.phase.name is TestPhase.STATEFUL:
        _follow_links(operation, case)
    else:
        _use_real_names(operation, case)


def settle(case: Any, response: Any) -> None:
    """Brings the caller home, and the home back to the plan without a limit of invites."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in _MOVES and response.status_code < 300:
        _world.go_home()
    if operation == "updatePlan" and response.status_code < 300:
        # What is to be invited must not hang on which plan came last.
        succeeded(_world.caller.put("/v1/organisations/plan", {"plan_id": "enterprise"}))


def _keep_the_caller(operation: str, case: Any) -> None:
    """The key of all requests stays valid, and its owner a member of the home organisation."""
    path = case.path_parameters or {}
    if path.get("key_id") == _world.caller.key_id:
        path["key_id"] = _world.key()
    if operation == "removeMember" and path.get("member_id") == _world.caller.user_id:
        path["member_id"] = _world.member()
    if operation in ("deleteCurrentOrganisation", "leaveOrganisation"):
        _world.go_away()


def _use_real_names(operation: str, case: Any) -> None:
    """Three of four requests name something real; the fourth goes as it is."""
    if operation == "updateCurrentOrganisation" and "If-Match" in case.headers:
        # Always: beside a pattern with alternatives and a length, what Schemathesis takes for a
        # valid value is none.
        case.headers["If-Match"] = _world.version()
    _calls[operation] += 1
    if _calls[operation] % 4 != 0:
        _name(operation, case)


def _follow_links(operation: str, case: Any) -> None:
    """A step names what an earlier one made, if that is still there.

    Schemathesis takes a 404 for a resource that got lost. It sees neither that an invite got a
    newer token, nor that a name in a body came from nowhere.
    """
    if operation == "rotateApiKey" and isinstance(case.body, dict):
        # The next step may still want the old key.
        case.body["overlap_seconds"] = max(3600, case.body.get("overlap_seconds", 3600))
    if "Idempotency-Key" in case.headers:
        key = case.headers["Idempotency-Key"]
        case.headers["Idempotency-Key"] = _world.idempotency_key(key)
    leads_somewhere = _LEADS_SOMEWHERE.get(operation)
    if leads_somewhere is not None:
        part, name, _ = _NAMES[operation]
        if not leads_somewhere(getattr(case, part)[name]):
            _name(operation, case)


def _name(operation: str, case: Any) -> None:
    if operation in _NAMES:
        part, name, real = _NAMES[operation]
        getattr(case, part)[name] = real()
