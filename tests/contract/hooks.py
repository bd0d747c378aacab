"""Schemathesis hooks of the contract runs.

Random identifiers only ever meet a 404. So a document may bring a module of its own name with
two functions: `prepare(case)` runs before each request and may put real identifiers into it,
`settle(case, response)` runs after each answer and may undo what would hinder the requests to
come. Neither touches a request that is meant to be refused, nor any check.
"""

from __future__ import annotations

import importlib
import importlib.util
import os

import schemathesis

_name = os.environ["CHARTER_DOCUMENT"]
_document = importlib.import_module(_name) if importlib.util.find_spec(_name) else None

if _document is not None:

    @schemathesis.hook
    def before_call(context, case, kwargs) -> None:
        _document.prepare(case)

    @schemathesis.hook
    def after_call(context, case, response) -> None:
        _document.settle(case, response)
