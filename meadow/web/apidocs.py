"""Reads the OpenAPI document into plain records for the API reference page."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ninja.responses import NinjaJSONEncoder

PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457: what happened, and what to do.",
    "required": ["type", "title", "status", "code", "instance"],
    "properties": {
        "type": {"type": "string", "description": "urn:meadow:problem: and the code"},
        "title": {"type": "string", "description": "What happened, in the caller's language."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next."},
        "code": {"type": "string", "description": "Stable: write programs against this."},
        "params": {"type": "object", "description": "What the sentences were filled with."},
        "errors": {"type": "object", "description": "Sentences by field, where fields are wrong."},
        "instance": {"type": "string"},
        "request_id": {"type": "string", "description": "Finds this request in the log."},
    },
}
REFUSAL = {
    "description": "Refused",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One parameter or body field: where it goes, its type and limits in words."""

    name: str
    place: str
    type: str
    required: bool
    limits: str
    description: str
    example: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer an operation gives."""

    status: str
    description: str
    fields: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """One method on one path, with everything a caller needs to know."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    fields: list[Field]
    body_type: str
    answers: list[Answer]

    @property
    def safe(self) -> bool:
        """Whether trying it changes nothing."""
        return self.method == "GET"


@dataclass(frozen=True)
class Group:
    """The operations of one package."""

    name: str
    operations: list[Operation]


@dataclass(frozen=True)
class Reference:
    """The whole API."""

    title: str
    version: str
    description: str
    groups: list[Group]


@cache
def describe_api() -> Reference:
    """Return the API as records; computed once, since routes do not change while we run."""
    return read_schema(json.loads(openapi_json()))


@cache
def openapi_json() -> bytes:
    """Return the OpenAPI document as JSON."""
    from meadow.web.api import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    schema["components"]["schemas"]["Problem"] = PROBLEM
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["responses"].setdefault("default", REFUSAL)
    return json.dumps(schema, cls=NinjaJSONEncoder, ensure_ascii=False).encode()


def read_schema(schema: dict[str, Any]) -> Reference:
    """Turn an OpenAPI 3.1 document into a Reference; groups keep the order of the routes."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = _operation(schema, path, method, methods[method])
                tag = (methods[method].get("tags") or ["other"])[0]
                groups.setdefault(tag, []).append(operation)
    info = schema["info"]
    return Reference(
        title=info["title"],
        version=info["version"],
        description=info.get("description", ""),
        groups=[Group(name, operations) for name, operations in groups.items()],
    )


def _operation(schema: dict[str, Any], path: str, method: str, spec: dict[str, Any]) -> Operation:
    fields = [_parameter(schema, parameter) for parameter in spec.get("parameters", [])]
    body_type, body_fields = _body(schema, spec.get("requestBody"))
    # The first line of the docstring says more than the name of the function.
    summary, _, rest = spec.get("description", "").strip().partition("\n")
    return Operation(
        key=spec["operationId"],
        method=method.upper(),
        path=path,
        summary=summary or spec.get("summary", ""),
        description=rest.strip(),
        scope=spec.get("x-scope", ""),
        fields=fields + body_fields,
        body_type=body_type,
        answers=[
            Answer(str(status), answer.get("description", ""), _answer_fields(schema, answer))
            for status, answer in spec.get("responses", {}).items()
        ],
    )


def _parameter(schema: dict[str, Any], spec: dict[str, Any]) -> Field:
    shape = _resolve(schema, spec.get("schema", {}))
    return Field(
        name=spec["name"],
        place=spec["in"],
        type=_type_name(schema, shape),
        required=bool(spec.get("required")),
        limits=_limits(shape),
        description=spec.get("description", shape.get("description", "")),
        example=str(shape.get("default", "") or ""),
    )


def _body(schema: dict[str, Any], spec: dict[str, Any] | None) -> tuple[str, list[Field]]:
    if not spec:
        return "", []
    media_type, content = next(iter(spec["content"].items()))
    return media_type, _object_fields(schema, content.get("schema", {}), place="body")


def _answer_fields(schema: dict[str, Any], answer: dict[str, Any]) -> list[Field]:
    for content in answer.get("content", {}).values():
        return _object_fields(schema, content.get("schema", {}), place="answer")
    return []


def _object_fields(schema: dict[str, Any], shape: dict[str, Any], *, place: str) -> list[Field]:
    shape = _resolve(schema, shape)
    if shape.get("type") == "array":
        shape = _resolve(schema, shape.get("items", {}))
    required = set(shape.get("required", []))
    fields = []
    for name, spec in shape.get("properties", {}).items():
        resolved = _resolve(schema, spec)
        fields.append(
            Field(
                name=name,
                place=place,
                type=_type_name(schema, resolved),
                required=name in required,
                limits=_limits(resolved),
                description=spec.get("description", resolved.get("description", "")),
            )
        )
    return fields


def _resolve(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in shape:
        target: Any = schema
        for part in shape["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        shape = target
    return shape


def _type_name(schema: dict[str, Any], shape: dict[str, Any]) -> str:
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in shape:
            names = [_type_name(schema, _resolve(schema, one)) for one in shape[alternatives]]
            return " | ".join(dict.fromkeys(names))
    if shape.get("enum"):
        return " | ".join(f'"{value}"' for value in shape["enum"])
    kind = str(shape.get("type", "object"))
    if kind == "array":
        return f"[{_type_name(schema, _resolve(schema, shape.get('items', {})))}]"
    if shape.get("format"):
        return f"{kind} ({shape['format']})"
    return str(shape.get("title", kind)) if kind == "object" else kind


LIMIT_WORDS = {
    "minLength": "≥ {} chars",
    "maxLength": "≤ {} chars",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minItems": "≥ {} items",
    "maxItems": "≤ {} items",
    "pattern": "{}",
}


def _limits(shape: dict[str, Any]) -> str:
    shapes = [shape, *shape.get("anyOf", [])]
    words = [
        text.format(one[name])
        for one in shapes
        for name, text in LIMIT_WORDS.items()
        if name in one
    ]
    return ", ".join(words)
