"""What a contract run reached: which answers each caller got, how long they took, and which
keywords of the document the requests and the answers exercised.

`CHARTER_EVIDENCE` says where it goes; the files of several searches are put together by
`coverage.py`. Keywords of requests are TraceCov's to count. A request that was refused for its
credential exercised none: nobody looked at it.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import tracecov
from schemathesis import cli
from schemathesis.engine import events
from tracecov.schemathesis import from_response, to_http_interaction

import people
from keywords import Keywords

# Whose requests say nothing about the rest of the request.
_NOT_LOOKED_AT = (401, 403)


class Operation:
    """The answers of one operation."""

    def __init__(self) -> None:
        self.answers: dict[str, Counter[int]] = defaultdict(Counter)
        self.milliseconds: list[float] = []


class Evidence:
    """What has been reached so far."""

    def __init__(self, schema: dict[str, Any], base_path: str) -> None:
        self._document = schema
        # The same twice: what requests exercised, and what was answered to all of them.
        self._asked = tracecov.CoverageMap.from_dict(schema, base_path=base_path)
        self._answered = tracecov.CoverageMap.from_dict(schema, base_path=base_path)
        self._keywords = Keywords(schema)
        self._operations: dict[str, Operation] = defaultdict(Operation)

    def add(self, case: Any, caller: str, interaction: tracecov.HttpInteraction) -> None:
        """Takes a request, and what was answered to it, into account."""
        response = interaction.response
        if response is None or case.method.upper() != case.operation.method.upper():
            # Another method than the operation's is no part of the document.
            return
        name = case.operation.definition.raw["operationId"]
        operation = self._operations[name]
        operation.answers[caller][response.status_code] += 1
        operation.milliseconds.append(round(response.elapsed * 1000, 2))
        self._keywords.reach(name, response.status_code, response.body)
        place = (case.method, case.operation.full_path, [interaction])
        self._answered.record_schemathesis_interactions(*place, events=False)
        if response.status_code not in _NOT_LOOKED_AT:
            self._asked.record_schemathesis_interactions(*place, events=False)

    def write(self, place: Path) -> None:
        """Writes it all into files that begin with this name."""
        place.parent.mkdir(parents=True, exist_ok=True)
        place.with_suffix(".asked").write_bytes(self._asked.export_counts())
        place.with_suffix(".answered").write_bytes(self._answered.export_counts())
        operations = {
            name: {"answers": operation.answers, "milliseconds": operation.milliseconds}
            for name, operation in self._operations.items()
        }
        evidence = {"operations": operations, "keywords": self._keywords.reached()}
        place.with_suffix(".evidence.json").write_text(json.dumps(evidence), encoding="utf-8")
        document = json.dumps(self._document)
        place.with_name("document.json").write_text(document, encoding="utf-8")


# Answers that the checks got by themselves, until the next scenario ends.
_waiting: list[tuple[Any, str, Any]] = []


def answered(case: Any, caller: str, response: Any) -> None:
    """Keeps what another caller was answered to the request of a case."""
    _waiting.append((case, caller, response))


class Recorder(cli.EventHandler):
    """Collects the evidence of a search."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._evidence: Evidence | None = None

    def handle_event(self, ctx: Any, event: events.EngineEvent) -> None:
        if isinstance(event, cli.LoadingFinished):
            self._evidence = Evidence(event.schema, event.base_path)
        elif isinstance(event, events.ScenarioFinished):
            self._add(event.recorder)
        elif isinstance(event, events.EngineFinished):
            self._evidence.write(Path(os.environ["CHARTER_EVIDENCE"]))

    def _add(self, recorder: Any) -> None:
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is not None:
                caller = people.named(interaction.request.headers)
                converted = to_http_interaction(node.value.method, interaction)
                self._evidence.add(node.value, caller, converted)
        while _waiting:
            case, caller, response = _waiting.pop()
            self._evidence.add(case, caller, from_response(case.method, response))


def install() -> None:
    """Lets Schemathesis tell what it does."""
    cli.handler()(Recorder)
