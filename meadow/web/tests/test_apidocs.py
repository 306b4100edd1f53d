"""The API reference says what the OpenAPI document says."""

from collections import defaultdict
from collections.abc import Iterator

from ninja import Schema

from meadow.web.apidocs import describe_api, read_schema

SCHEMA = {
    "info": {"title": "T", "version": "1", "description": "D"},
    "components": {
        "schemas": {
            "In": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 5, "description": "Short."},
                    "days": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                },
            }
        }
    },
    "paths": {
        "/api/v1/things/{thing}": {
            "post": {
                "operationId": "make_thing",
                "tags": ["things"],
                "summary": "Make Thing",
                "description": "Make a thing.\n\nIt stays.",
                "parameters": [
                    {"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}
                },
                "responses": {"201": {"description": "Made"}},
            }
        }
    },
}


def test_an_operation_keeps_its_fields_types_and_limits() -> None:
    (group,) = read_schema(SCHEMA).groups
    (operation,) = group.operations

    assert (group.name, operation.method, operation.path) == (
        "things",
        "POST",
        "/api/v1/things/{thing}",
    )
    assert (operation.summary, operation.description) == ("Make a thing.", "It stays.")
    assert operation.body_type == "application/json"
    assert [
        (one.name, one.place, one.type, one.required, one.limits) for one in operation.fields
    ] == [
        ("thing", "path", "string", True, ""),
        ("name", "body", "string", True, "≤ 5 chars"),
        ("days", "body", "integer | null", False, "≥ 1"),
    ]
    assert [(answer.status, answer.description) for answer in operation.answers] == [
        ("201", "Made")
    ]


def test_every_operation_of_ours_says_what_it_does() -> None:
    silent = [
        operation.key
        for group in describe_api().groups
        for operation in group.operations
        if not operation.summary.endswith(".")
    ]

    assert silent == []


def shapes(of: type[Schema]) -> Iterator[type[Schema]]:
    """Yield every shape of requests and answers that was ever declared."""
    for one in of.__subclasses__():
        yield one
        yield from shapes(one)


def twins(found: Iterator[type[Schema]]) -> dict[str, list[str]]:
    """Return where names were given twice: in the document the later one would stand for both."""
    places: dict[str, set[str]] = defaultdict(set)
    for one in found:
        places[one.__name__].add(one.__module__)
    return {name: sorted(modules) for name, modules in places.items() if len(modules) > 1}


def test_no_two_shapes_have_one_name() -> None:
    describe_api()
    ours = [one for one in shapes(Schema) if one.__module__.startswith("meadow.")]

    assert len(ours) > 200
    assert twins(iter(ours)) == {}
    twin = type(ours[0].__name__, (), {"__module__": "meadow.elsewhere"})
    assert list(twins(iter([ours[0], twin]))) == [ours[0].__name__]
