"""Schemathesis hooks of the contract runs.

Random identifiers only ever meet a 404. So a document may bring a module of its own name with
three functions: `prepare(case)` runs before each request and may put real identifiers into it,
`settle(case, response)` runs after each answer and may undo what would hinder the requests to
come, `begin_scenario()` runs before each chain of linked requests and makes all of them start
from the same state. None touches a request that is meant to be refused, nor any check.

`callers.py` asks the same as others, `evidence.py` keeps what was reached, `faults.py` spoils answers.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import tomllib

import schemathesis
from schemathesis.generation.stateful.state_machine import APIStateMachine

import callers  # It has a check.
import evidence

@schemathesis.hook
def after_load_schema(context, schema) -> None:
    """An answer that the configuration lets pass must be one that the document has."""
    with open(os.environ["CHARTER_CONFIGURATION"], "rb") as file:
        configured = tomllib.load(file).get("operations", [])
    documented = {
        operation["operationId"]: operation["responses"]
        for path in schema.raw_schema["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    undocumented = [
        f"{entry['include-operation-id']} {status}"
        for entry in configured
        for status in entry["checks"]["positive_data_acceptance"]["expected-statuses"]
        if status != "2xx" and status not in documented[entry["include-operation-id"]]
    ]
    assert not undocumented, f"not in the document: {', '.join(undocumented)}"


_name = os.environ["CHARTER_DOCUMENT"]
_document = importlib.import_module(_name) if importlib.util.find_spec(_name) else None

if _document is not None:

    @schemathesis.hook
    def before_call(context, case, kwargs) -> None:
        _document.prepare(case)

    @schemathesis.hook
    def after_call(context, case, response) -> None:
        _document.settle(case, response)

    # Hypothesis gives a search up, without a word, when a request that it repeats is answered
    # otherwise because of an earlier scenario. There is no hook for the beginning of one.
    _begin = APIStateMachine.__init__

    def _begin_scenario(machine: APIStateMachine) -> None:
        _document.begin_scenario()
        _begin(machine)

    APIStateMachine.__init__ = _begin_scenario

if "CHARTER_EVIDENCE" in os.environ:
    evidence.install()

if "CHARTER_FAULTS" in os.environ:
    import faults

    # After the hook above, which must see what the service really answered.
    @schemathesis.hook("after_call")
    def plant(context, case, response) -> None:
        faults.spoil(case, response)
