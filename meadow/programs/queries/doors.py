"""The list of programs with where one person stands at each, and the door's state of one program."""

from dataclasses import dataclass

from meadow.programs.models import Membership
from meadow.programs.queries.catalogue import ProgramCard, list_programs
from meadow.programs.words import STATE_NAMES


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """A program and the reader's state in it; both are empty for who never came near."""

    card: ProgramCard
    state: str
    state_words: str


def list_doors(person_id: int | None) -> list[ProgramLine]:
    """Return every program with a person's state in it, in three queries; two for None."""
    states: dict[int, str] = {}
    if person_id is not None:
        rows = Membership.objects.filter(person_id=person_id)
        states = dict(rows.values_list("program_id", "state"))
    return [_line(card, states.get(card.id, "")) for card in list_programs()]


def find_line(card: ProgramCard, person_id: int | None) -> ProgramLine:
    """Return a program with a person's state in it, in one query; in none for None."""
    if person_id is None:
        return _line(card, "")
    rows = Membership.objects.filter(program_id=card.id, person_id=person_id)
    return _line(card, rows.values_list("state", flat=True).first() or "")


def _line(card: ProgramCard, state: str) -> ProgramLine:
    return ProgramLine(card=card, state=state, state_words=str(STATE_NAMES.get(state, "")))
