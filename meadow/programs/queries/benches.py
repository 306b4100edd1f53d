"""What the operator's list of programs counts, for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from meadow.programs.models import Application, Membership, RuleVersion
from meadow.programs.queries.catalogue import ProgramCard, list_programs
from meadow.programs.standing import INSIDE


@dataclass(frozen=True, slots=True)
class BenchLine:
    """One program with how many people are in each state, and what waits for an operator."""

    card: ProgramCard
    states: Mapping[str, int]
    applications: int
    drafts: int

    @property
    def inside(self) -> int:
        """How many people are in."""
        return sum(self.states.get(state, 0) for state in INSIDE)


def list_benches() -> list[BenchLine]:
    """Return every program in their order, in five queries however many there are."""
    states: dict[int, dict[str, int]] = {}
    rows = Membership.objects.values_list("program_id", "state").annotate(count=Count("pk"))
    for program_id, state, count in rows:
        states.setdefault(program_id, {})[state] = count
    applications = Application.objects.filter(state="open")
    waiting = dict(applications.values_list("program_id").annotate(count=Count("pk")))
    drafts = RuleVersion.objects.filter(state="draft")
    drafted = dict(drafts.values_list("program_id").annotate(count=Count("pk")))
    return [
        BenchLine(
            card=card,
            states=states.get(card.id, {}),
            applications=waiting.get(card.id, 0),
            drafts=drafted.get(card.id, 0),
        )
        for card in list_programs()
    ]
