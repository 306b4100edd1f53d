"""The first operator is made from the command line, and cannot be a weak one."""

import pytest

from meadow.runtime.errors import EngineFailed
from meadow.runtime.testing import LiveStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


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
