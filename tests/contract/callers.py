"""The other callers of a contract run.

An admin makes all requests. What the first phases ask is asked again, as it stands, by a member
who is no admin, with a key of the admin's that has one scope, and without a credential. What each
of them may be answered follows from the security, the scopes and the problems of the operation.
"""

from __future__ import annotations

import importlib
import os
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import SAFE_METHODS, Response, expand_status_codes
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi import checks

import evidence
from people import CREDENTIALS, Person, everybody, member, named, seat, succeeded

faults = importlib.import_module("faults") if "CHARTER_FAULTS" in os.environ else None

# How many valid and how many invalid requests to an operation are asked again.
_MOST = 12

_PHASES = (TestPhase.EXAMPLES, TestPhase.COVERAGE)
_CONFORMANCE = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)

_asked: Counter[tuple[str, bool]] = Counter()


@dataclass(frozen=True)
class Caller:
    """Somebody with a credential, or without."""

    name: str
    key: str | None
    # None holds every scope.
    scopes: frozenset[str] | None

    def refusal(self, operation: dict[str, Any]) -> tuple[int, str] | None:
        """How the operation refuses whoever has no more than this."""
        alternatives = _alternatives(operation)
        if not alternatives:
            return None
        if self.key is None:
            return 401, "/problems/unauthorized"
        if self.scopes is not None and not any(needed <= self.scopes for needed in alternatives):
            return 403, "/problems/forbidden"
        return None

    def repeat(self, sent: requests.PreparedRequest) -> Response:
        """Sends a request once more."""
        request = sent.copy()
        for name in CREDENTIALS:
            request.headers.pop(name, None)
        if self.key is not None:
            request.headers.update(Person.credentials(self.key))
        # A connection of its own: one that refuses leaves the body unread, and ends.
        with requests.Session() as session:
            answer = session.send(request, timeout=20, allow_redirects=False)
        return Response.from_requests(answer, verify=True)


@cache
def _callers(scope: str) -> tuple[Caller, ...]:
    admin = everybody()[0]
    body = {"name": "One scope", "scopes": [scope]}
    key = succeeded(admin.post("/v1/organisations/keys", body))["key"]
    seat(member(), admin)
    return (
        Caller("member", member().key, None),
        Caller("one scope", key, frozenset([scope])),
        Caller("anonymous", None, frozenset()),
    )


@schemathesis.check
def other_callers(ctx: Any, response: Response, case: Any) -> None:
    """Whoever else asks the same is answered as the document says."""
    if case.meta is None or case.meta.phase.name not in _PHASES:
        return
    # What the credential or the method is wrong about is the same for everybody.
    if named(response.request.headers) not in ("admin", "session"):
        return
    if case.method.upper() != case.operation.method.upper():
        return
    is_valid = case.meta.generation.mode.is_positive
    operation = case.operation.definition.raw
    _asked[operation["operationId"], is_valid] += 1
    if _asked[operation["operationId"], is_valid] > _MOST:
        return
    for caller in _callers(_one_scope(case.operation.schema)):
        answer = caller.repeat(response.request)
        if faults is not None:
            faults.spoil_for_others(caller.name, case, answer)
        evidence.answered(case, caller.name, answer)
        if caller.name == "member" and _moved(case, answer):
            seat(member(), everybody()[0])
        try:
            _judge(caller, ctx, case, answer)
        except (Failure, FailureGroup, AssertionError) as failure:
            raise AssertionError(f"As {caller.name}: {failure}") from failure


def _judge(caller: Caller, ctx: Any, case: Any, answer: Response) -> None:
    if not _is_the_operations(case, answer):
        assert answer.status_code in (404, 405), f"{answer.status_code} where there is nothing"
        return
    for conforms in _CONFORMANCE:
        conforms(ctx, answer, case)
    operation = case.operation.definition.raw
    refusal = caller.refusal(operation)
    if refusal is not None:
        answered = answer.status_code, _problem(answer)
        assert answered == refusal, f"answered {answered}, not {refusal}"
        return
    if answer.status_code == 403:
        # One of those that the document shows.
        assert _problem(answer) in _shown(case, "403"), f"no example shows {_problem(answer)}"
        return
    if case.meta.generation.mode.is_negative:
        checks.negative_data_rejection(ctx, answer, case)
        return
    if caller.name == "member":
        # A member's key is a user's. Where more is shown, it depends on what is asked.
        for_admins = _shown(case, "403") - {"/problems/user-required"} == {
            "/problems/admin-required"
        }
        assert not for_admins or answer.status_code >= 300, "only an admin may do this"
    expected = ctx.config.positive_data_acceptance.expected_statuses
    allowed = set(expand_status_codes(expected))
    assert answer.status_code in allowed, f"{answer.status_code}, not {', '.join(expected)}"


def _alternatives(operation: dict[str, Any]) -> list[set[str]]:
    """The scopes of each way to be let in; none where nobody has to be."""
    return [
        {scope for scopes in requirement.values() for scope in scopes}
        for requirement in operation.get("security", [])
    ]


def _one_scope(schema: Any) -> str:
    """The right to read that leaves most to be refused, and something to be allowed if it can."""
    needed = [
        _alternatives(operation)
        for path in schema.raw_schema["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation.get("security")
    ]
    reads = Counter(
        scope
        for alternatives in needed
        for scopes in alternatives
        for scope in scopes
        if scope.endswith(":read")
    )
    some = {scope: count for scope, count in reads.items() if count < len(needed)}
    # Where all operations need the same, one of another document allows nothing.
    return max(some, key=lambda scope: (some[scope], scope)) if some else "usage:read"


def _is_the_operations(case: Any, answer: Response) -> bool:
    """Whether the request came to the operation, and not to another path because of a value."""
    template = re.escape(case.operation.full_path).replace(r"\{", "{").replace(r"\}", "}")
    path = re.sub(r"{[^}]+}", r"[^/?#]+", template)
    return re.fullmatch(f"https?://[^/]+{path}([?#].*)?", answer.request.url) is not None


def _problem(answer: Response) -> str | None:
    return answer.json().get("type") if answer.content else None


def _shown(case: Any, status: str) -> set[str]:
    """The kinds of problems that the examples of an answer show."""
    schema = case.operation.schema.raw_schema
    response = _resolved(schema, case.operation.definition.raw["responses"].get(status, {}))
    content = response.get("content", {}).get("application/problem+json", {})
    examples = [content["example"]] if "example" in content else []
    examples += [_resolved(schema, one)["value"] for one in content.get("examples", {}).values()]
    return {example["type"] for example in examples}


def _resolved(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        place, found = found["$ref"], schema
        for token in place.removeprefix("#/").split("/"):
            found = found[token.replace("~1", "/").replace("~0", "~")]
    return found


def _moved(case: Any, answer: Response) -> bool:
    """Whether the member may stand somewhere else now."""
    return answer.status_code < 300 and case.method.upper() not in SAFE_METHODS
