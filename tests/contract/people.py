"""The people of a contract run, each with a key, and how they call the service."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import requests

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


anonymous = Client()


def everybody() -> list[Person]:
    """The people that the run began with: the caller, the stranger, then all others."""
    with open(os.environ["CHARTER_PEOPLE"], encoding="utf-8") as file:
        return [Person(**person) for person in json.load(file)]


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
