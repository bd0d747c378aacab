"""Faults planted into answers, to show that the checks of a contract run bite.

Each fault picks the first operation that it suits and spoils that operation's answers on their
way to Schemathesis. At the end this prints a line for each, with the code under which
Schemathesis must have reported it.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Fault:
    """Something that a service must not do."""

    code: str
    what: str
    suits: Callable[[Any, Any], bool]
    spoil: Callable[[Any], None]
    operation: str | None = None


def _succeeded(case: Any, response: Any) -> bool:
    return 200 <= response.status_code < 300 and _is_positive(case)


def _is_positive(case: Any) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _has_body(case: Any, response: Any) -> bool:
    return _succeeded(case, response) and bool(response.content)


def _status(status: int) -> Callable[[Any], None]:
    def spoil(response: Any) -> None:
        response.status_code = status

    return spoil


def _without(header: str) -> Callable[[Any], None]:
    def spoil(response: Any) -> None:
        response.headers.pop(header, None)

    return spoil


def _media_type(response: Any) -> None:
    response.headers["content-type"] = ["text/plain"]


def _empty(response: Any) -> None:
    response.content = b"{}"


def _refused_as_invalid(case: Any, response: Any) -> bool:
    return response.status_code == 400 and not _is_positive(case)


def _has_version(case: Any, response: Any) -> bool:
    return _succeeded(case, response) and "etag" in response.headers


def _without_credential(case: Any, response: Any) -> bool:
    # Signing in with a wrong password is another 401, of operations that need no credential.
    return response.status_code == 401 and b"/problems/unauthorized" in response.content


def _answered(status: int) -> Callable[[Any, Any], bool]:
    return lambda case, response: response.status_code == status


# The choosiest first.
_FAULTS = [
    Fault("ST107", "a documented header is missing", _has_version, _without("etag")),
    Fault("ST204", "405 comes without Allow", _answered(405), _without("allow")),
    Fault("ST401", "no key is needed", _without_credential, _status(200)),
    Fault("ST201", "an invalid request is accepted", _refused_as_invalid, _status(200)),
    Fault("ST108", "a body breaks its schema", _has_body, _empty),
    Fault("ST105", "a body is of another media type", _has_body, _media_type),
    Fault("ST101", "the service fails", _succeeded, _status(500)),
    Fault("ST103", "a status is not documented", _succeeded, _status(208)),
    Fault("ST202", "a valid request is refused", _succeeded, _status(400)),
]


# What happens to the other callers, by their name: who is let in, who is let in with too little,
# and who is answered what no document has. All are reported alike, so each has a path of its own.
_FOR_OTHERS = {
    "anonymous": Fault("ST901", "no key is needed", _answered(401), _status(200)),
    "one scope": Fault("ST901", "no scope is needed", _answered(403), _status(200)),
    "member": Fault("ST901", "a status is not documented", _succeeded, _status(208)),
}


def spoil_for_others(caller: str, case: Any, response: Any) -> None:
    """Spoils what another caller is answered, where this caller's fault is planted or can be."""
    operation = case.operation.label
    fault = _FOR_OTHERS[caller]
    planted = [other.operation for other in _FOR_OTHERS.values() if other.operation is not None]
    taken = {_path(other) for other in planted}
    if fault.suits(case, response):
        if fault.operation is None and _path(operation) not in taken:
            fault.operation = operation
        if fault.operation == operation:
            fault.spoil(response)


def _path(operation: str) -> str:
    return operation.partition(" ")[2]


def spoil(case: Any, response: Any) -> None:
    """Spoils an answer if a fault is planted into its operation, or can be."""
    operation = case.operation.label
    planted = next((fault for fault in _FAULTS if fault.operation == operation), None)
    if planted is None:
        planted = next(
            (
                fault
                for fault in _FAULTS
                if fault.operation is None and fault.suits(case, response)
            ),
            None,
        )
        if planted is None:
            return
        planted.operation = operation
    if planted.suits(case, response):
        planted.spoil(response)


@atexit.register
def _tell() -> None:
    for fault in (*_FAULTS, *_FOR_OTHERS.values()):
        if fault.operation is not None:
            print(f"planted {fault.code}: {fault.operation}: {fault.what}")
