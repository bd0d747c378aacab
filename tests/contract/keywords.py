"""Which keywords of a document the bodies of answers have reached.

A keyword is reached when a value comes to it that it has something to say about: `maxLength` by a
string, `items` by a list, what stands in a branch of `anyOf` by a value of that branch. It is
named by its JSON pointer in the document, so that what several answers share is counted once.

TraceCov counts these as well, but does not name those that nothing reached, and takes `null` for
a violation of `format: int64` beside `type: [integer, 'null']`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs

_NUMBER, _TEXT, _LIST, _OBJECT = (int, float), (str,), (list,), (dict,)
_ANY = (object,)

# The keywords that say something about a value, and about values of which type.
_ABOUT: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("type", "enum", "const", "anyOf", "oneOf", "allOf"), _ANY),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("multipleOf",), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), _TEXT),
    **dict.fromkeys(("items", "minItems", "maxItems", "uniqueItems"), _LIST),
    **dict.fromkeys(("properties", "required", "minProperties", "maxProperties"), _OBJECT),
    **dict.fromkeys(("additionalProperties", "propertyNames"), _OBJECT),
}
_NUMERIC_FORMATS = {"int32", "int64", "float", "double"}
_KEYWORDS = _ABOUT.keys() | {"format"}

# What a schema may have besides: it says nothing about a value.
_OTHERS = {"$ref", "title", "description", "default", "example", "examples", "deprecated"}
_OTHERS |= {"discriminator", "readOnly", "writeOnly", "contentMediaType", "contentEncoding"}


class Keywords:
    """The keywords of a document's answers, and which of them were reached."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas: dict[tuple[str, int], str] = {}
        self._reached: dict[str, set[str]] = defaultdict(set)
        self._validators: dict[str, Any] = {}
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    self._add(operation, _pointer("#/paths", path, method))

    def _add(self, operation: dict[str, Any], at: str) -> None:
        for status in operation["responses"]:
            place, response = self._resolved(_pointer(at, "responses", status))
            for media_type, content in response.get("content", {}).items():
                if media_type.endswith("json") and "schema" in content:
                    schema = _pointer(place, "content", media_type, "schema")
                    self._schemas[operation["operationId"], int(status)] = schema

    def all(self) -> dict[str, set[str]]:
        """The keywords of each operation's answers."""
        every: dict[str, set[str]] = defaultdict(set)
        for (operation, _), schema in self._schemas.items():
            self._list(schema, every[operation], set())
        return every

    def reach(self, operation: str, status: int, body: bytes | None) -> None:
        """Follows the body of an answer through its schema."""
        schema = self._schemas.get((operation, status))
        if schema is None or not body:
            return
        try:
            value = json.loads(body)
        except ValueError:
            # The checks have complained already.
            return
        self._follow(schema, value, self._reached[operation])

    def reached(self) -> dict[str, list[str]]:
        """What the answers of each operation have reached."""
        return {operation: sorted(pointers) for operation, pointers in self._reached.items()}

    def _follow(self, at: str, value: Any, reached: set[str]) -> None:
        at, schema = self._resolved(at, beside=lambda place: self._mark(place, value, reached))
        self._mark(at, value, reached)
        for index in range(len(schema.get("allOf", ()))):
            self._follow(_pointer(at, "allOf", index), value, reached)
        for keyword in ("anyOf", "oneOf"):
            for index in range(len(schema.get(keyword, ()))):
                branch = _pointer(at, keyword, index)
                if self._validator(branch).is_valid(value):
                    self._follow(branch, value, reached)
        for place, below in _below(schema, at, value):
            self._follow(place, below, reached)

    def _mark(self, at: str, value: Any, reached: set[str]) -> None:
        schema = self._at(at)
        reached.update(
            _pointer(at, keyword) for keyword in schema if _speaks(schema, keyword, value)
        )

    def _list(self, at: str, found: set[str], seen: set[str]) -> None:
        """Every keyword at a place and below it."""
        if at in seen:
            return
        seen.add(at)
        schema = self._at(at)
        strange = {name for name in schema if not name.startswith("x-")} - _KEYWORDS - _OTHERS
        if strange:
            raise ValueError(f"{at} has {', '.join(sorted(strange))}, which is not followed")
        found.update(_pointer(at, keyword) for keyword in _KEYWORDS & schema.keys())
        places = [_pointer(at, "properties", name) for name in schema.get("properties", ())]
        for keyword in ("items", "additionalProperties", "propertyNames"):
            if isinstance(schema.get(keyword), dict):
                places.append(_pointer(at, keyword))
        for keyword in ("allOf", "anyOf", "oneOf"):
            places += [
                _pointer(at, keyword, index) for index in range(len(schema.get(keyword, ())))
            ]
        if "$ref" in schema:
            places.append(schema["$ref"])
        for place in places:
            self._list(place, found, seen)

    def _at(self, pointer: str) -> Any:
        found = self._document
        for token in pointer.removeprefix("#/").split("/"):
            token = token.replace("~1", "/").replace("~0", "~")
            found = found[int(token)] if isinstance(found, list) else found[token]
        return found

    def _resolved(self, at: str, beside: Any = None) -> tuple[str, Any]:
        """Where references lead to from here. `beside` hears of each place on the way."""
        found = self._at(at)
        while "$ref" in found:
            if beside is not None:
                beside(at)
            at = found["$ref"]
            found = self._at(at)
        return at, found

    def _validator(self, at: str) -> Any:
        if at not in self._validators:
            schema = {
                "$ref": "#" + quote(at.removeprefix("#"), safe="/~"),
                "components": self._document.get("components", {}),
                "paths": self._document["paths"],
            }
            self._validators[at] = jsonschema_rs.validator_for(schema)
        return self._validators[at]


def _below(schema: dict[str, Any], at: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The members and elements of a value, and where their schemas are."""
    if isinstance(value, list) and "items" in schema:
        for element in value:
            yield _pointer(at, "items"), element
    if isinstance(value, dict):
        for name, member in value.items():
            if name in schema.get("properties", ()):
                yield _pointer(at, "properties", name), member
            elif isinstance(schema.get("additionalProperties"), dict):
                yield _pointer(at, "additionalProperties"), member
            if "propertyNames" in schema:
                yield _pointer(at, "propertyNames"), name


def _speaks(schema: dict[str, Any], keyword: str, value: Any) -> bool:
    """Whether a keyword has something to say about this value."""
    if keyword == "format":
        about = _NUMBER if schema["format"] in _NUMERIC_FORMATS else _TEXT
    elif keyword in _ABOUT:
        about = _ABOUT[keyword]
    else:
        return False
    # Python takes true for a number.
    return isinstance(value, about) and (about is _ANY or not isinstance(value, bool))


def _pointer(at: str, *tokens: Any) -> str:
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
    return "/".join((at, *escaped))
