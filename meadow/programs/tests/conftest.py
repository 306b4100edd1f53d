"""What every test of programs needs."""

import pytest

from meadow.analytics.models import NoteReads
from meadow.programs.queries.kept_runs import forget_all_runs


@pytest.fixture(autouse=True)
def no_reads_of_others(request: pytest.FixtureRequest) -> None:
    """Begin without figures that the session's warehouse wrote for another test's notes."""
    if request.node.get_closest_marker("django_db"):
        fixture = "transactional_db" if _is_transactional(request) else "db"
        request.getfixturevalue(fixture)
        NoteReads.objects.all().delete()


@pytest.fixture(autouse=True)
def no_runs_of_others() -> None:
    """Begin without dry runs that another test asked for."""
    forget_all_runs()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))
