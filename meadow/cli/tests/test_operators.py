"""The first operator is made from the command line, and cannot be a weak one."""

import pytest

from meadow.runtime.errors import EngineFailed
from meadow.runtime.testing import LiveStack

pytestmark = pytest.mark.slow


def create(stack: LiveStack, *, handle: str, password: str) -> str:
    return stack.manage(
        *("operator", "create", "--handle", handle, "--email", f"{handle}@example.org"),
        "--password-stdin",
        given=f"{password}\n",
    )


def operators(stack: LiveStack) -> int:
    return int(stack.manage("operator", "count"))


def test_an_operator_is_made_once(live_stack: LiveStack) -> None:
    before = operators(live_stack)

    said = create(live_stack, handle="runs_the_place", password="a-long-quiet-meadow-7")

    assert said == "@runs_the_place is an operator now.\n"
    assert operators(live_stack) == before + 1
    with pytest.raises(EngineFailed, match="is taken"):
        create(live_stack, handle="Runs_The_Place", password="a-long-quiet-meadow-7")
    assert operators(live_stack) == before + 1


def test_a_weak_password_makes_nobody(live_stack: LiveStack) -> None:
    before = operators(live_stack)

    with pytest.raises(EngineFailed, match="too short"):
        create(live_stack, handle="weakling", password="abc")

    assert operators(live_stack) == before


def pseudonym(stack: LiveStack, handle: str) -> str:
    code = (
        "from meadow.accounts.models import Person;"
        f" print(Person.objects.get(handle={handle!r}).pseudonym)"
    )
    said = stack.manage("manage", "shell", "--no-imports", "-c", code)
    return said.strip().splitlines()[-1]


def test_whose_reading_it_was_is_forgotten_by_handle(live_stack: LiveStack) -> None:
    create(live_stack, handle="forgetful", password="a-long-quiet-meadow-7")
    before = pseudonym(live_stack, "forgetful")

    said = live_stack.manage("operator", "forget", "@Forgetful", given="y\n")

    assert said.endswith("What @forgetful has read belongs to nobody now.\n")
    after = pseudonym(live_stack, "forgetful")
    assert (len(after), after == before) == (32, False)
    with pytest.raises(EngineFailed):
        live_stack.manage("operator", "forget", "forgetful", given="n\n")
    with pytest.raises(EngineFailed, match="meadow:"):
        live_stack.manage("operator", "forget", "nobody_here", "--yes")
    assert pseudonym(live_stack, "forgetful") == after
