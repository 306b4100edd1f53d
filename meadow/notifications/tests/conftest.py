"""Kinds of news that only tests have, and people with a confirmed address."""

from collections.abc import Iterator

import pytest
from django.utils.translation import gettext as _

from meadow.notifications import kinds
from meadow.notifications.kinds import Kind

NEWS = Kind(
    key="tests.news",
    group="record",
    icon="bell",
    title=lambda params: f"{_('Notifications')} {params.get('n', 0)}",
    body=lambda params: _("Read it on Meadow:"),
    email=True,
)
QUIET = Kind(
    key="tests.quiet",
    group="record",
    icon="bell",
    title=lambda params: "Quiet",
    body=lambda params: "",
    email=False,
)
BROKEN = Kind(
    key="tests.broken",
    group="record",
    icon="bell",
    title=lambda params: str(params["missing"]),
    body=lambda params: "",
    email=True,
)


@pytest.fixture(autouse=True)
def test_kinds() -> Iterator[None]:
    """Register the tests' own kinds of news for as long as a test runs."""
    for kind in (NEWS, QUIET, BROKEN):
        kinds.register(kind)
    yield
    for kind in (NEWS, QUIET, BROKEN):
        kinds.forget_kind(kind.key)
