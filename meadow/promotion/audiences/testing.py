"""Small worlds for tests: people with values, and definitions over them."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from meadow.promotion.audiences.definition import Definition, Dimension, Not, Part, Term
from meadow.promotion.audiences.index import AudienceIndex

VALUES: dict[Dimension, tuple[str, ...]] = {
    "age": ("18-24", "25-34", "55-"),
    "gender": ("female", "male"),
    "region": ("CN", "DE"),
    "interest": ("tea", "茶", "walks"),
    "fans_of": ("p1", "p2"),
    "list": ("l1",),
}


@dataclass(frozen=True)
class Somebody:
    """A person as a dictionary would hold them; the brute-force side of every comparison."""

    may_be_targeted: bool
    values: dict[Dimension, tuple[str, ...]]

    def has(self, term: Term) -> bool:
        """Whether they have one of the values."""
        return any(value in self.values.get(term.dimension, ()) for value in term.values)

    def meets(self, part: Part) -> bool:
        """Whether they are of a part, read as it is written."""
        if isinstance(part, Term):
            return self.has(part)
        if isinstance(part, Not):
            return not self.meets(part.member)
        join = all if part.kind == "all" else any
        return join(self.meets(one) for one in part.members)

    def is_of(self, definition: Definition) -> bool:
        """Whether they are of an audience."""
        return definition.is_everyone or (self.may_be_targeted and self.meets(definition.root))


def _values(dimension: Dimension) -> st.SearchStrategy[tuple[str, ...]]:
    most = 1 if dimension in ("age", "gender", "region") else 3
    some = st.lists(st.sampled_from(VALUES[dimension]), unique=True, max_size=most)
    return some.map(tuple)


people = st.lists(
    st.builds(
        Somebody,
        may_be_targeted=st.sampled_from((True, True, True, False)),
        values=st.fixed_dictionaries({name: _values(name) for name in VALUES}),
    ),
    max_size=30,
)


@st.composite
def _terms(draw: st.DrawFn) -> dict[str, Any]:
    dimension = draw(st.sampled_from(tuple(VALUES)))
    values = draw(st.lists(st.sampled_from(VALUES[dimension]), min_size=1, max_size=3))
    return {"in": dimension, "values": values}


def _deeper(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    members = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"all": members}),
        st.fixed_dictionaries({"any": members}),
        st.fixed_dictionaries({"not": parts}),
    )


definitions_as_json = st.one_of(st.just({"all": []}), st.recursive(_terms(), _deeper, max_leaves=6))


def index_of(everybody: list[Somebody]) -> AudienceIndex:
    """Return the index of these people, numbered from 1."""
    index = AudienceIndex()
    for number, one in enumerate(everybody, start=1):
        index.put(person=number, may_be_targeted=one.may_be_targeted, values=one.values)
    return index


@dataclass
class BookInMemory:
    """The answers given, in a list."""

    answers: list[tuple[str, str, int, dt.datetime]] = field(default_factory=list)

    def find(self, *, buyer: str, question: str, since: dt.datetime) -> int | None:
        """Return the answer given to this question at `since` or later."""
        for who, what, answer, at in reversed(self.answers):
            if (who, what) == (buyer, question) and at >= since:
                return answer
        return None

    def given(self, *, buyer: str, since: dt.datetime) -> list[dt.datetime]:
        """Return when this buyer got each answer since then, oldest first."""
        return [at for who, _, _, at in self.answers if who == buyer and at >= since]

    def keep(self, *, buyer: str, question: str, answer: int, at: dt.datetime) -> None:
        """Keep an answer."""
        self.answers.append((buyer, question, answer, at))
