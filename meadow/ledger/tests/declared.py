"""Which reasons and purposes a source hands to the ledger: what is posted is read off the code."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# What books or promises something: the argument that is its reason, by name and by place.
BOOKING = {"Draft": 1, "hold_funds": None, "capture_hold": None, "reverse_transfer": None}
OPENING = "open_account"
CALLS = (*BOOKING, OPENING)


@dataclass(frozen=True, slots=True)
class Declared:
    """What one call says: a reason, or the kind and purpose of an account; None: made as it runs."""

    line: int
    reason: str | None = None
    kind: str | None = None
    purpose: str | None = None
    opens: bool = False


def read_declared(source: str) -> list[Declared]:
    """Return what the calls of a module hand to the ledger.

    A text, a constant of the module, either of two by a condition, and whatever is put together from
    arguments that are `Literal` can be read. A reason that is handed on as an argument called
    `reason` is its caller's to declare.
    """
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and node.value is not None
    }
    found: list[Declared] = []
    _walk(tree, constants, {}, found)
    return found


def _walk(
    node: ast.AST,
    constants: Mapping[str, ast.expr],
    arguments: Mapping[str, ast.expr | None],
    found: list[Declared],
) -> None:
    if isinstance(node, ast.FunctionDef):
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        arguments = {one.arg: one.annotation for one in every}
    if isinstance(node, ast.Call):
        found += _read_call(node, constants, arguments)
    for child in ast.iter_child_nodes(node):
        _walk(child, constants, arguments, found)


def _read_call(
    call: ast.Call, constants: Mapping[str, ast.expr], arguments: Mapping[str, ast.expr | None]
) -> Iterator[Declared]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    said = {one.arg: one.value for one in call.keywords}
    if name in BOOKING:
        place = BOOKING[name]
        reason = said.get("reason") or (
            call.args[place] if place is not None and len(call.args) > place else None
        )
        if isinstance(reason, ast.Name) and reason.id == "reason" and "reason" in arguments:
            annotation = arguments["reason"]
            if isinstance(annotation, ast.Name) and annotation.id == "str":
                return
        for one in _texts(reason, constants, arguments):
            yield Declared(call.lineno, reason=one)
    if name == OPENING:
        for kind in _texts(said.get("kind"), constants, arguments):
            for purpose in _texts(said.get("purpose"), constants, arguments):
                yield Declared(call.lineno, kind=kind, purpose=purpose, opens=True)


def _texts(
    node: ast.expr | None,
    constants: Mapping[str, ast.expr],
    arguments: Mapping[str, ast.expr | None],
) -> list[str | None]:
    """Return what an expression can be; None among them where that cannot be told."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one, constants, arguments), *_texts(other, constants, arguments)]
        case ast.Name(id=name) if name in arguments:
            return _literals(arguments[name])
        case ast.Name(id=name) if name in constants:
            return _texts(constants[name], constants, arguments)
        case ast.JoinedStr(values=parts):
            said: list[str | None] = [""]
            for part in parts:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                ends = _texts(inner, constants, arguments)
                said = [
                    None if start is None or end is None else start + end
                    for start in said
                    for end in ends
                ]
            return said
        case _:
            return [None]


def _literals(annotation: ast.expr | None) -> list[str | None]:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=ones)):
            return [one.value if isinstance(one, ast.Constant) else None for one in ones]  # type: ignore[misc]
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Constant(value=str(one))):
            return [one]
        case _:
            return [None]
