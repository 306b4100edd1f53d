"""Reading public interaction logs: a person a line, or person, item and weight."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from meadow.simulation.errors import LogUnreadable
from meadow.simulation.world import Ints


@dataclass(frozen=True)
class Log:
    """Interactions as columns in the order of the file.

    `person` and `item` are places in `people` and `items`, which are in the order of appearance;
    `place` says the how-manieth of their person's interactions each is. `digest` is the file's.
    """

    people: list[str]
    items: list[str]
    person: Ints
    item: Ints
    place: Ints
    digest: str

    @property
    def interactions(self) -> int:
        """How many there are."""
        return len(self.person)


def read_log(file: Path) -> Log:
    """Return the interactions of a file. Raises LogUnreadable, naming the line, or OSError.

    With spaces, a line is a person and then items in the order of time; with tabs, it is a person,
    an item and a weight, and one interaction whatever the weight.
    """
    raw = file.read_bytes()
    people: dict[str, int] = {}
    items: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if "\t" in line:
            if len(words) != 3:
                raise LogUnreadable(line=number, file=file.name, problem="not three columns")
            words = words[:2]
        if len(words) < 2:
            raise LogUnreadable(line=number, file=file.name, problem="a person without items")
        if not all(word.isascii() and word.isalnum() for word in words):
            raise LogUnreadable(line=number, file=file.name, problem="not plain numbers or names")
        person = people.setdefault(words[0], len(people))
        pairs += ((person, items.setdefault(word, len(items))) for word in words[1:])
    if not pairs:
        raise LogUnreadable(line=1, file=file.name, problem="nothing in it")
    columns = np.array(pairs, dtype=np.int64)
    return Log(
        people=list(people),
        items=list(items),
        person=columns[:, 0],
        item=columns[:, 1],
        place=places_of(columns[:, 0]),
        digest=sha256(raw).hexdigest(),
    )


def places_of(person: Ints) -> Ints:
    """Return the how-manieth of its person each row is, from 0."""
    order = np.argsort(person, kind="stable")
    ordered = person[order]
    begins = np.searchsorted(ordered, ordered, side="left")
    places = np.empty(len(person), dtype=np.int64)
    places[order] = np.arange(len(person)) - begins
    return places
