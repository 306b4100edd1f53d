"""What every test of programs needs."""

import pytest

from meadow.analytics.models import NoteReads


@pytest.fixture(autouse=True)
def no_reads_of_others(request: pytest.FixtureRequest) -> None:
    """Begin without figures that the session's warehouse wrote for another test's notes."""
    if request.node.get_closest_marker("django_db"):
        fixture = "transactional_db" if _is_transactional(request) else "db"
        request.getfixturevalue(fixture)
        NoteReads.objects.all().delete()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))
