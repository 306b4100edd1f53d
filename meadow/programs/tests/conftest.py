"""What every test of programs needs."""

import pytest

from meadow.programs.queries.kept_runs import forget_all_runs


@pytest.fixture(autouse=True)
def no_runs_of_others() -> None:
    """Begin without dry runs that another test asked for."""
    forget_all_runs()
