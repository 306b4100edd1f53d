"""How large an audience is, told so that nobody is singled out: not by one answer, nor by comparing many.

Every answer is the exact size plus noise, drawn once a question and kept for a day; everything that is
told or decided (the figure, whether it is enough) follows from that sum alone. docs/algorithms/audiences.md
says why, what it proves and what it does not.
"""

import datetime as dt
import math
import secrets
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final, Protocol

from meadow.promotion.audiences.alternatives import (
    Alternative,
    alternatives_of,
    digest_of,
)
from meadow.promotion.audiences.counting import count_alternative, count_people
from meadow.promotion.audiences.definition import Definition, Term
from meadow.promotion.audiences.errors import TooManySizes
from meadow.promotion.audiences.index import AudienceIndex

FLOOR: Final = 1_000
# The noise: a discrete Gaussian of this spread, cut off at five of them, so that what reaches ENOUGH is
# surely as large as FLOOR.
SPREAD: Final = 100
LARGEST_NOISE: Final = 5 * SPREAD
ENOUGH: Final = FLOOR + LARGEST_NOISE
# An answer stands this long, whatever people do meanwhile: a fresh one each moment would tell who came.
STANDS: Final = dt.timedelta(hours=24)
# New answers a buyer gets in a period. Together they tell little of one person (about 2.5 in epsilon).
PERIOD: Final = dt.timedelta(days=30)
MOST_ANSWERS: Final = 2_000
# Sizes are shown to two figures, and no finer than this.
FINEST: Final = 100

_SCALE: Final = 1 << 62


class AnswerBook(Protocol):
    """What was answered to a buyer; kept by the caller, who asks for one buyer at a time."""

    def find(self, *, buyer: str, question: str, since: dt.datetime) -> int | None:
        """Return the answer given to this question at `since` or later."""

    def given(self, *, buyer: str, since: dt.datetime) -> list[dt.datetime]:
        """Return when this buyer got each answer since then, oldest first."""

    def keep(self, *, buyer: str, question: str, answer: int, at: dt.datetime) -> None:
        """Keep an answer."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a buyer is told. `about`, `low` and `high` are None where it is not enough people.

    Everyone is always enough: nothing that is known of anybody chooses them.

    The truth lies from `low` to `high` in 95 of 100 answers. `too_small` are the parts that do not
    reach the floor: alternatives (the whole when none is named), or lists.
    """

    enough: bool
    about: int | None
    low: int | None
    high: int | None
    too_small: tuple[Alternative | Term, ...] = ()


def estimate_size(
    index: AudienceIndex,
    *,
    definition: Definition,
    buyer: str,
    book: AnswerBook,
    now: dt.datetime,
    draw: Callable[[], int] | None = None,
) -> Estimate:
    """Return what `buyer` may know of the size of an audience. Raises TooManySizes, AudienceInvalid.

    The whole, each alternative and each list in it (the seed of a look-alike too) must reach the
    floor: a part that is tiny may not hide behind one that is not, nor a list of a few be excluded.
    Everyone needs no floor, in however small a community.
    """
    draw = draw or draw_noise
    questions = list(_questions(index, definition))
    kept = [book.find(buyer=buyer, question=one.name, since=now - STANDS) for one in questions]
    _check_budget(kept.count(None), buyer=buyer, book=book, now=now)
    too_small: list[Alternative | Term] = []
    whole, enough = 0, True
    for number, (question, known) in enumerate(zip(questions, kept, strict=True)):
        answer = known
        if answer is None:
            answer = question.count() + draw()
            book.keep(buyer=buyer, question=question.name, answer=answer, at=now)
        whole = answer if number == 0 else whole
        if answer < ENOUGH and not definition.is_everyone:
            enough = False
            too_small += [question.part] if question.part else []
    if not enough:
        return Estimate(enough=False, about=None, low=None, high=None, too_small=tuple(too_small))
    return Estimate(
        enough=True,
        about=max(FINEST, shown(whole)),
        low=max(0 if definition.is_everyone else FLOOR, shown(whole - 2 * SPREAD)),
        high=max(FINEST, shown(whole + 2 * SPREAD)),
    )


def shown(size: int) -> int:
    """Return a size to two figures, and no finer than FINEST."""
    step = max(FINEST, int(10 ** (len(str(abs(size))) - 2)))
    return (size + step // 2) // step * step


def draw_noise() -> int:
    """Return noise by the machine's own randomness, exactly as likely as `noise_weights` says."""
    sums = _running_weights()
    return bisect_right(sums, secrets.randbelow(sums[-1])) - LARGEST_NOISE


@cache
def noise_weights() -> tuple[int, ...]:
    """Return how likely each noise from -LARGEST_NOISE to LARGEST_NOISE is, in whole numbers."""
    return tuple(
        round(math.exp(-(k**2) / (2 * SPREAD**2)) * _SCALE)
        for k in range(-LARGEST_NOISE, LARGEST_NOISE + 1)
    )


@cache
def _running_weights() -> tuple[int, ...]:
    return tuple(accumulate(noise_weights()))


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    count: Callable[[], int]
    part: Alternative | Term | None


def _questions(index: AudienceIndex, definition: Definition) -> Iterator[_Question]:
    """Yield the whole first, then each alternative where there are several, then each list."""
    found = alternatives_of(definition)
    yield _Question(digest_of(found), lambda: count_people(index, definition=definition), None)
    parts: dict[Alternative, Alternative | Term] = {one: one for one in found}
    for term in sorted(_lists_of(definition)):
        parts.setdefault(Alternative(wants=(term,)), term)
    for one, part in parts.items():
        # One alternative alone is the whole, which is asked for already.
        if found != (one,):
            yield _Question(digest_of([one]), _counter(index, one), part)


def _counter(index: AudienceIndex, alternative: Alternative) -> Callable[[], int]:
    return lambda: count_alternative(index, alternative=alternative)


def _lists_of(definition: Definition) -> set[Term]:
    found: set[Term] = set()
    for term in definition.terms():
        if term.dimension == "list":
            found.update(Term("list", (value,)) for value in term.values)
        elif term.dimension == "look_alike":
            found.update(Term("list", (value.split(":")[0],)) for value in term.values)
    return found


def _check_budget(new: int, *, buyer: str, book: AnswerBook, now: dt.datetime) -> None:
    given = book.given(buyer=buyer, since=now - PERIOD) if new else []
    over = len(given) + new - MOST_ANSWERS
    if over > 0:
        again = given[over - 1] + PERIOD
        days = max((again - now).days + 1, 2)
        raise TooManySizes(again_at=f"{again:%Y-%m-%d %H:%M}", days=days)
