"""Use-case transactions: opened once at the top, required below, never nested by accident."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connections
from django.db import transaction as _django

P = ParamSpec("P")
R = TypeVar("R")


class TransactionMissing(RuntimeError):
    """A step that must be part of a use case was called outside one."""


class TransactionAlreadyOpen(RuntimeError):
    """A use case was opened inside another one; call its steps instead."""


def in_transaction(using: str = "default") -> bool:
    """Return whether a use case is open on this thread's connection."""
    return bool(_blocks(using))


@contextmanager
def transaction(using: str = "default") -> Iterator[None]:
    """Open the transaction of one use case; raises TransactionAlreadyOpen when nested."""
    if any(not getattr(block, "is_umbrella", False) for block in _blocks(using)):
        raise TransactionAlreadyOpen(
            "transaction() opens a use case and one is open already: "
            "make the inner function a @transaction_required step"
        )
    with _django.atomic(using=using):  # noqa: TID251 - the wrapper itself
        yield


@contextmanager
def umbrella_transaction(using: str = "default") -> Iterator[None]:
    """Open a transaction around one whole use case, which then commits with what is beside it.

    Only for what wraps requests (the idempotency row). Raises TransactionAlreadyOpen when nested.
    """
    if in_transaction(using):
        raise TransactionAlreadyOpen("an umbrella is the outermost transaction, or none")
    block = _django.Atomic(using, savepoint=True, durable=False)
    block.is_umbrella = True  # type: ignore[attr-defined]
    with block:
        yield


@contextmanager
def savepoint(using: str = "default") -> Iterator[None]:
    """Contain an expected database error inside a use case, which goes on."""
    _require(using)
    with _django.atomic(using=using):  # noqa: TID251 - the wrapper itself
        yield


def transaction_required(step: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as a step: it refuses to run outside a use case."""

    @functools.wraps(step)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        _require("default", step.__qualname__)
        return step(*args, **kwargs)

    return checked


def run_after_commit(action: Callable[[], None], using: str = "default") -> None:
    """Run `action` once the open use case has committed; at once when none is open."""
    _django.on_commit(action, using=using)


def _blocks(using: str) -> list[object]:
    # The block that a test case wraps around everything is marked, and is no use case.
    blocks = getattr(connections[using], "atomic_blocks", [])
    return [block for block in blocks if not getattr(block, "_from_testcase", False)]


def _require(using: str, name: str = "this step") -> None:
    if not in_transaction(using):
        raise TransactionMissing(f"{name} needs an open transaction(): call it from a use case")
