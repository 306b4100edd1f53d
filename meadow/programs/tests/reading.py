"""How the tests of pages read them: the words of one, and how far its door is open."""

import datetime as dt
import re
from typing import Any

from django.test import Client

HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}
OPERATOR = 1
DAY = dt.timedelta(days=1)
ME = "/programs/garden/me"


def read(client: Client, path: str, **options: Any) -> str:
    """Return the words of a page, tags and surplus blanks taken out."""
    answer = client.get(path, **options)
    assert answer.status_code == 200, answer.status_code
    return words_of(answer.content.decode())


def words_of(html: str) -> str:
    main = html.partition("<main")[2] or html
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", main, flags=re.DOTALL).split())


def door_of(client: Client, path: str = ME) -> tuple[str, str]:
    """Return how far the door is drawn open, and the state behind it."""
    html = client.get(path).content.decode()
    found = re.search(r'data-door="(\w*)"\s+data-state="(\w*)"', html)
    assert found is not None
    return found.group(1), found.group(2)
