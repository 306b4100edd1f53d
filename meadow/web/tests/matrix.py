"""The permission matrix: what each role gets from each route.

A line reads `METHOD route | sample path | body | answers`, the answers in the order of ROLES. A body
that begins with `form` is sent as a form. Tokens open the API only: on a page they are nobody.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROLES = (
    "anonymous",
    "stranger",
    "owner",
    "blocked",
    "moderator",
    "operator",
    "token_narrow",
    "token_full",
)
TABLE = Path(__file__).with_name("matrix.txt")


@dataclass(frozen=True)
class Entry:
    """One route, how to call it, and the status each role gets."""

    method: str
    path: str
    expected: dict[str, int]
    body: Any = None
    form: bool = False


def read_table(text: str) -> dict[str, Entry]:
    """Read the lines of matrix.txt; raises ValueError for one that is not of the form."""
    entries = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        route, path, body, answers = (part.strip() for part in line.split("|"))
        statuses = [int(status) for status in answers.split()]
        form = body.startswith("form")
        raw = body.removeprefix("form").strip()
        entries[route] = Entry(
            method=route.split(" ", 1)[0],
            path=path,
            expected=dict(zip(ROLES, statuses, strict=True)),
            body=json.loads(raw) if raw else ({} if form else None),
            form=form,
        )
    return entries


MATRIX = read_table(TABLE.read_text())
