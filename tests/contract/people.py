"""The people of a contract run, each with a key, and how they call the service."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import requests

# The headers that operations take a key from.
CREDENTIALS = ("Authorization", "X-Api-Key")

_session = requests.Session()


class Client:
    """Somebody who calls the service."""

    def headers(self) -> dict[str, str]:
        """The credential, for who has one."""
        return {}

    def get(self, path: str, query: dict[str, str] | None = None) -> requests.Response:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self._call("POST", path, json=body)

    def put(self, path: str, body: Any = None) -> requests.Response:
        return self._call("PUT", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, **request: Any) -> requests.Response:
        return _session.request(
            method,
            os.environ["CHARTER_ADDRESS"] + path,
            headers=self.headers(),
            timeout=20,
            **request,
        )


@dataclass(frozen=True)
class Person(Client):
    """Somebody with a key of their own, which holds every scope."""

    email: str
    user_id: str
    key_id: str
    key: str

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @staticmethod
    def credentials(key: str) -> dict[str, str]:
        """A key in every header that an operation may take it from."""
        return {"Authorization": f"Bearer {key}", "X-Api-Key": key}


anonymous = Client()


@cache
def _people() -> list[Person]:
    with open(os.environ["CHARTER_PEOPLE"], encoding="utf-8") as file:
        return [Person(**person) for person in json.load(file)]


def everybody() -> list[Person]:
    """The people that the run began with: the caller, the stranger, then all others but the member."""
    return _people()[:-1]


def member() -> Person:
    """A member of the caller's organisation who is no admin, and whom nobody else has to do with."""
    return _people()[-1]


def seat(person: Person, host: Person) -> None:
    """Makes somebody a member where the host is at home, and has them look at that organisation."""
    home = succeeded(host.get("/v1/organisations/current"))["id"]
    invite = host.post("/v1/organisations/invites", {"email": person.email})
    if invite.status_code != 409:
        body = {"token": succeeded(invite)["token"]}
        succeeded(person.post("/v1/organisations/invites/accept", body))
    succeeded(person.post("/v1/organisations/switch", {"organisation_id": home}))


def named(headers: Mapping[str, str | list[str]]) -> str:
    """Who made a request, by the credential that it came with."""
    given: list[str] = []
    for name in CREDENTIALS:
        values = headers.get(name, [])
        given += [values] if isinstance(values, str) else values
    if not given:
        return "anonymous"
    for name, person in zip(("admin", "stranger"), everybody(), strict=False):
        if any(value.removeprefix("Bearer ") == person.key for value in given):
            return name
    is_session = any(value.startswith("Bearer ct_session_") for value in given)
    return "session" if is_session else "nobody"


def succeeded(response: requests.Response) -> Any:
    """The body of an answer that must be a success, for what a run needs and does not test."""
    if not response.ok:
        request = response.request
        # Not an assertion: Schemathesis takes those for Hypothesis's own.
        raise RuntimeError(
            f"{request.method} {request.url} answered {response.status_code}: {response.text}"
        )
    return response.json() if response.content else None


def create_organisation(person: Person, name: str) -> str:
    """A new organisation of somebody's, active, on the plan that sets no limit of invites."""
    organisation = succeeded(person.post("/v1/organisations", {"name": name}))["id"]
    succeeded(person.put("/v1/organisations/plan", {"plan_id": "enterprise"}))
    return organisation
