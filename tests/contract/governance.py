"""Real identifiers for the governance document: an organisation of the caller's with members,
projects and legal documents, and another one whose agreement is signed.

All of it goes through the API, as the caller and as other people.
"""

from __future__ import annotations

import itertools
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests
from schemathesis.generation.meta import TestPhase

import people
from people import create_organisation, everybody, succeeded

# The digits of a TypeID.
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"

# How long the worker may take over a document, in seconds.
_PATIENCE = 20


def bare(type_id: str) -> str:
    """The UUID within a TypeID: the other documents name the same rows so."""
    number = 0
    for digit in type_id.rpartition("_")[2]:
        number = number * 32 + _DIGITS.index(digit)
    return str(uuid.UUID(int=number))


class World:
    """What the caller's requests are about."""

    def __init__(self) -> None:
        self.caller, self.stranger, *self.others = everybody()
        self.caller_id = bare(self.caller.user_id)
        self._numbers = itertools.count(1)
        self._idempotency = ""
        create_organisation(self.stranger, "Strangers")
        self.archive = self._create_organisation()
        self.signed_document = self._sign(self.archive)
        self.move()

    def move(self) -> None:
        """Into a new home with another member and a project."""
        self.home = self._create_organisation()
        self._join(self.others[0])
        # What is read and changed may be the same each time; what is deleted may not.
        self.standing_project = self.project()
        self._idempotency = f"scenario{next(self._numbers)}-"

    def tidy_up(self) -> None:
        """Takes the organisations of earlier scenarios away: a list begins with the oldest."""
        listed = succeeded(self.caller.get("/v1/organisations"))["organisations"]
        for organisation in listed:
            body = {"organisation_id": organisation["id"]}
            succeeded(self.caller.post("/v1/organisations/switch", body))
            succeeded(self.caller.delete("/v1/organisations/current"))

    def idempotency_key(self, key: str) -> str:
        """The key, made one that no other scenario has."""
        return (self._idempotency + key)[:255]

    def new_idempotency_key(self) -> str:
        """A key that nothing came with yet."""
        return f"{self._idempotency}{next(self._numbers)}"

    def path(self, rest: str) -> str:
        """A path of the home organisation."""
        return f"/api/organizations/{self.home}/{rest}"

    def member(self) -> str:
        """Another member of the home organisation."""
        page = succeeded(self.caller.get(self.path("members")))["results"]
        ids = [member["user"]["uuid"] for member in page]
        taken = (self.caller_id, bare(people.member().user_id))
        others = [one for one in ids if one not in taken]
        if others:
            return others[next(self._numbers) % len(others)]
        for person in self.others:
            if self._join(person):
                return bare(person.user_id)
        raise RuntimeError("nobody is left to become a member")

    def project(self) -> int:
        """A project of the home organisation."""
        body = {"name": f"Project {next(self._numbers)}"}
        return succeeded(self.caller.post(self.path("projects"), body))["id"]

    def document(self) -> str:
        """A legal document of the home organisation that nobody has signed."""
        listed = succeeded(self.caller.get(self.path("legal_documents")))["results"]
        return listed[0]["id"] if listed else self._create_document(self.home)

    def without_documents(self) -> str:
        """The home organisation, when there is room for every type of document in it."""
        for document in succeeded(self.caller.get(self.path("legal_documents")))["results"]:
            gone = self.caller.delete(self.path(f"legal_documents/{document['id']}"))
            if gone.status_code not in (404, 503):
                succeeded(gone)
        return self.home

    def _create_organisation(self) -> str:
        name = f"Organisation {next(self._numbers)}"
        return bare(create_organisation(self.caller, name))

    def _create_document(self, organisation: str) -> str:
        body = {
            "document_type": "DPA",
            "company_name": "Northwind Research",
            "company_address": "1 Harbour Street, Bergen",
            "representative_email": self.caller.email,
        }
        path = f"/api/organizations/{organisation}/legal_documents"
        return succeeded(self.caller.post(path, body))["id"]

    def _sign(self, organisation: str) -> str:
        """A document that the caller has signed by its link."""
        document = self._create_document(organisation)
        path = f"/api/organizations/{organisation}/legal_documents/{document}"
        waiting = self._wait(path, "submitted_for_signature")
        link = urllib.parse.urlsplit(waiting["signing_url"])
        token = urllib.parse.parse_qs(link.query)["token"][0]
        body = {"token": token, "name": "Ines Laurent", "consent": True}
        signed: requests.Response = self.caller.post(link.path, body)
        succeeded(signed)
        self._wait(path, "signed")
        return document

    def _wait(self, path: str, status: str) -> Any:
        """The document, once the worker has brought it so far."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            document = succeeded(self.caller.get(path))
            if document["status"] == status:
                return document
            time.sleep(0.1)
        raise RuntimeError(f"{path} is {document['status']} still, not {status}")

    def _join(self, person: Any) -> bool:
        """Invites somebody into the caller's active organisation, and accepts for them."""
        invite = self.caller.post("/v1/organisations/invites", {"email": person.email})
        if invite.status_code == 409:
            return False
        body = {"token": succeeded(invite)["token"]}
        succeeded(person.post("/v1/organisations/invites/accept", body))
        return True


_world = World()
_calls: Counter[str] = Counter()

# Where a path names something beside the organisation, by the operation.
_NAMES: dict[str, tuple[str, Callable[[], Any]]] = {
    "updateOrganizationMember": ("user__uuid", _world.member),
    "removeOrganizationMember": ("user__uuid", _world.member),
    "getMemberGithubLogin": ("user__uuid", _world.member),
    "listMemberApiKeys": ("user__uuid", _world.member),
    "getLegalDocument": ("id", _world.document),
    "deleteLegalDocument": ("id", _world.document),
    "getProject": ("id", lambda: _world.standing_project),
    "updateProject": ("id", lambda: _world.standing_project),
    "deleteProject": ("id", _world.project),
}


def begin_scenario() -> None:
    """Lets each scenario of linked requests find what the one before found."""
    _world.tidy_up()
    _world.move()


def prepare(case: Any) -> None:
    """Puts real names into valid requests, and keeps what later requests need."""
    operation = case.operation.definition.raw.get("operationId")
    path = case.path_parameters or {}
    if operation == "removeOrganizationMember" and path.get("user__uuid") == _world.caller_id:
        path["user__uuid"] = _world.member()
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    _say_what_no_schema_can(operation, case.body)
    if case.meta.phase.name is TestPhase.STATEFUL:
        if "Idempotency-Key" in case.headers:
            key = case.headers["Idempotency-Key"]
            case.headers["Idempotency-Key"] = _world.idempotency_key(key)
        return
    # Three of four requests name something real and are new; the fourth goes as it is, which with
    # a key that came before means 422 and says nothing about the rest of it.
    _calls[operation] += 1
    if _calls[operation] % 4 != 0:
        _name(operation, path)
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = _world.new_idempotency_key()


def settle(case: Any, response: Any) -> None:
    """Nothing hinders the requests to come."""


def _name(operation: str, path: dict[str, Any]) -> None:
    if "organization_id" in path:
        path["organization_id"] = _world.home
    if operation in _NAMES:
        name, real = _NAMES[operation]
        path[name] = real()
    if operation == "createLegalDocument":
        path["organization_id"] = _world.without_documents()
    if operation == "downloadLegalDocument":
        if _calls[operation] % 2 == 0:
            path["id"] = _world.document()
        else:
            path["organization_id"] = _world.archive
            path["id"] = _world.signed_document


def _say_what_no_schema_can(operation: str, body: Any) -> None:
    """Rules that lie beyond a schema: which letters a font has, who is a member, and that
    nobody is invited, and no project named, twice in one request."""
    if operation == "createLegalDocument" and isinstance(body, dict):
        body["company_name"] = "Northwind Research"
        body["company_address"] = "1 Harbour Street, Bergen"
    if operation == "createInvitesBulk":
        people = body if isinstance(body, list) else [body]
        seen = {person["target_email"].casefold(): person for person in people}
        for person in people:
            access = person.get("private_project_access")
            if access is not None:
                person["private_project_access"] = [
                    {"id": _world.project(), "level": one["level"]} for one in access[:2]
                ]
        if isinstance(body, list):
            body[:] = seen.values()
    if operation in ("createProject", "updateProject") and isinstance(body, dict):
        conversations = body.get("conversations_settings")
        if isinstance(conversations, dict) and conversations.get("notification_recipients"):
            conversations["notification_recipients"] = [_world.caller_id]
