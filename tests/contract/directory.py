"""A team of some pages for the directory document, and places in it."""

from __future__ import annotations

import itertools
from typing import Any

from people import create_organisation, everybody, succeeded

TEAM = "/api/v1/public/org/team/"


class World:
    """What the caller's requests are about."""

    def __init__(self) -> None:
        self.caller, self.stranger, *others = everybody()
        create_organisation(self.stranger, "Strangers")
        create_organisation(self.caller, "Home")
        for person in others:
            invite = succeeded(
                self.caller.post("/v1/organisations/invites", {"email": person.email})
            )
            succeeded(
                person.post("/v1/organisations/invites/accept", {"token": invite["token"]})
            )
        self.cursors = itertools.cycle(self._cursors())
        # One has a quota of invites, the other none.
        self._plans = itertools.cycle(("starter", "enterprise"))

    def change_plan(self) -> None:
        """To the other one."""
        succeeded(self.caller.put("/v1/organisations/plan", {"plan_id": next(self._plans)}))

    def _cursors(self) -> list[str]:
        """Each place that pages of three end or begin at."""
        cursors: list[str] = []
        cursor = None
        while True:
            query = {"page_size": "3"} | ({"cursor": cursor} if cursor else {})
            page = succeeded(self.caller.get(TEAM, query))
            cursors += filter(None, (page["next"], page["previous"]))
            cursor = page["next"]
            if cursor is None:
                return cursors


_world = World()


def begin_scenario() -> None:
    """Nothing here changes anything."""


def prepare(case: Any) -> None:
    """Puts places where somebody stands into valid requests for a page behind or before one, and
    has both kinds of plans asked about."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.operation.definition.raw.get("operationId") == "getDirectoryOrganisation":
        _world.change_plan()
    if "cursor" in (case.query or {}):
        case.query["cursor"] = next(_world.cursors)


def settle(case: Any, response: Any) -> None:
    """Nothing hinders the requests to come."""
