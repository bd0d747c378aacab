"""Makes the calls of the story by the clients that openapi-generator's `python` writes.

Reads one call from each line of standard input, prints one answer for it. A call's body is built
of the client's own models, as somebody would who writes a program with it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import sys
import types
import typing
from typing import Any

import urllib3
from pydantic import BaseModel


def answer(call: dict[str, Any]) -> dict[str, Any]:
    package = importlib.import_module(f"charter_{call['document']}")
    configuration = package.Configuration(host=os.environ["CHARTER_ADDRESS"])
    configuration.access_token = call.get("token")
    configuration.api_key["apiKeyAuth"] = call.get("key")
    # A redirect is an answer, with an address in it.
    configuration.retries = urllib3.Retry(redirect=False)
    api = getattr(package, f"{call['tag']}Api")(package.ApiClient(configuration))
    method = getattr(api, f"{snake(call['operation'])}_with_http_info")
    try:
        response = method(**arguments(method, call))
        status, headers, data = response.status_code, response.headers, response.data
    except package.ApiException as refused:
        status, headers, data = refused.status, refused.headers, refused.data
    return {
        "status": status,
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": None if data is None else json.loads(data.to_json()),
    }


def arguments(method: Any, call: dict[str, Any]) -> dict[str, Any]:
    """The values of the call by the names that the method has for them."""
    values = {plain(name): value for name, value in call.get("values", {}).items()}
    if "body" in call:
        values[plain(call["body_schema"])] = call["body"]
    annotations = typing.get_type_hints(inspect.unwrap(method))
    named = {name: values.pop(plain(name)) for name in annotations if plain(name) in values}
    if values:
        raise TypeError(f"{method.__name__} does not take {', '.join(values)}")
    return {name: built(annotations[name], value) for name, value in named.items()}


def built(annotation: Any, value: Any) -> Any:
    """The value as the client wants to have it."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return built(inner[0], value)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else built(inner[0], value)
    if origin is list and isinstance(value, list):
        return [built(inner[0], item) for item in value]
    if origin is dict:
        return {name: built(inner[1], item) for name, item in value.items()}
    if not (inspect.isclass(annotation) and issubclass(annotation, BaseModel)):
        return value
    fields = annotation.model_fields
    if "one_of_schemas" not in fields:
        names = {field.alias or name: field for name, field in fields.items()}
        return annotation(**{name: built(names[name].annotation, value[name]) for name in value})
    for name in (name for name in fields if name.startswith("oneof_schema_")):
        try:
            return annotation(built(fields[name].annotation, value))
        except (AttributeError, KeyError, TypeError, ValueError):
            pass
    raise TypeError(f"{value!r} is no {annotation.__name__}")


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def plain(name: str) -> str:
    """What is left of a name whatever the manner of writing it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as error:
        said = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
