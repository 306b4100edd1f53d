"""People and machines that read, simulated for detectors to be judged by; cases and violations for tests."""

import datetime as dt
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from meadow.analytics.columns import to_ipc
from meadow.core import clock
from meadow.core.ids import new_id
from meadow.integrity.detectors import Times
from meadow.integrity.models import Case, Closing, DetectorRule, Inquiry, QueueTerms, Violation
from meadow.integrity.moderation import acting, reporting
from meadow.integrity.moderation.reasons import ReasonCode
from meadow.integrity.moderation.subjects import SubjectKind
from meadow.integrity.moderation.weighing import FIRST_TERMS
from meadow.integrity.queries import subject_of
from meadow.integrity.screening import keeping

WHEN: Final = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
FIRST_RULES: Final[dict[str, dict[str, Any]]] = {
    "clockwork": {"least_reads": 30, "highest_variation": 0.12},
    "impossible_rate": {
        "windows": [[60, 60], [3600, 1200], [86400, 10000]],
        "signed_out_times": 10,
    },
}

# How somebody reads: the spread of their gaps (coefficient of variation), by kind of reader.
TEMPERS: Final[dict[str, float]] = {"even": 0.35, "usual": 0.8, "restless": 1.5}
# A read takes a second in view.
SHORTEST_GAP_MS: Final = 1000


def human_reads(random: np.random.Generator, *, reads: int, temper: str, gap_ms: float) -> Times:
    """Return when a person read: log-normal gaps around `gap_ms` in sittings with long breaks.

    Page dwell times are long known to be about log-normal; `even` is steadier than any of the
    measured ones, so that a bound found with it holds for people.
    """
    sigma = np.sqrt(np.log1p(TEMPERS[temper] ** 2))
    gaps = SHORTEST_GAP_MS + random.lognormal(
        np.log(max(gap_ms - SHORTEST_GAP_MS, 300.0)), sigma, reads - 1
    )
    breaks = random.random(reads - 1) < 0.01
    gaps[breaks] += random.exponential(3_600_000, int(breaks.sum()))
    return _from_gaps(gaps)


def machine_reads(
    random: np.random.Generator, *, reads: int, gap_ms: float, jitter: float
) -> Times:
    """Return when a script read: every `gap_ms`, give or take a uniform share `jitter` of it."""
    return _from_gaps(gap_ms * (1 + jitter * random.uniform(-1, 1, reads - 1)))


def _from_gaps(gaps: "NDArray[np.floating[Any]]") -> Times:
    start = 1_770_000_000_000
    at: Times = np.concatenate(([0], np.cumsum(gaps))).astype(np.int64) + start
    return at


def ensure_rules() -> None:
    """Have version 1 of each rule in the table, which Django's flush between tests empties."""
    for detector, limits in FIRST_RULES.items():
        DetectorRule.objects.get_or_create(
            detector=detector, version=1, defaults={"parameters": limits, "created_at": WHEN}
        )


def ensure_terms() -> None:
    """Have version 1 of the weights of the queue, which Django's flush between tests empties."""
    QueueTerms.objects.get_or_create(
        version=1, defaults={"parameters": FIRST_TERMS, "created_at": WHEN}
    )


def make_inquiry(
    public_id: str, *, reporter_id: int, reason: ReasonCode = "spam", kind: SubjectKind = "note"
) -> str:
    """Report something and return the public id of its inquiry."""
    reporting.report_subject(
        kind=kind,
        public_id=public_id,
        reporter_id=reporter_id,
        reason=reason,
        words="It is under forty notes.",
        now=clock.now(),
    )
    return Inquiry.objects.get(kind=kind, subject=public_id, outcome="").public_id


def hide_reported(inquiry: str, *, moderator_id: int) -> str:
    """Hide what an inquiry is about, and return the decision."""
    return acting.decide(
        public_id=inquiry,
        verdict="hide",
        statement=acting.Statement(rule="spam", words="The same words under forty notes."),
        moderator_id=moderator_id,
        now=clock.now(),
    )


def make_word(*, operator_id: int, pattern: str = "viagra") -> str:
    """Put a block word in force that no other test writes, and return its public id."""
    return keeping.add_rule(
        kind="disguised",
        pattern=pattern,
        action="flag",
        scopes=("title", "body", "comment"),
        rule="spam",
        note="Forty notes a day.",
        operator_id=operator_id,
        now=clock.now(),
    )


def make_case(pseudonym: str, *, detector: str = "clockwork", facts: int = 3) -> Case:
    """Return a case of a reader, with facts of note 7 that came from nowhere."""
    ensure_rules()
    measured: dict[str, Any] = {"reads": 42, "gap_ms": 3000, "variation": 0.004}
    if detector == "impossible_rate":
        measured = {"reads": 75, "seconds": 60, "most": 60}
    judged = pa.table(
        {
            "fact_id": [f"e{place:013d}" for place in range(facts)],
            "author_id": pa.array([900] * facts, pa.int64()),
            "note_id": pa.array([7] * facts, pa.int64()),
            "provenance": ["organic"] * facts,
            "reason": [""] * facts,
        }
    )
    return Case.objects.create(
        public_id=new_id("k"),
        subject=subject_of(pseudonym),
        signed_in=True,
        rule=DetectorRule.objects.get(detector=detector, version=1),
        evidence=measured,
        window_from=WHEN,
        window_to=WHEN + dt.timedelta(minutes=2),
        facts=facts,
        judged=to_ipc(judged, compression="zstd"),
        decided_at=WHEN + dt.timedelta(minutes=3),
    )


def make_violation(
    person_id: int, *, closed: str = "", moderator_id: int = 0, **fields: Any
) -> Violation:
    """Return a violation of somebody, recorded by nobody who is known; `closed` gives the reason."""
    told = {"rule": "spam", "words": "The same words under forty notes.", "opened_at": WHEN}
    violation = Violation.objects.create(
        public_id=new_id("v"), person_id=person_id, moderator_id=moderator_id, **(told | fields)
    )
    if closed:
        Closing.objects.create(
            violation=violation,
            reason=closed,
            words="It is gone, and stays so.",
            moderator_id=moderator_id,
            closed_at=WHEN + dt.timedelta(hours=1),
        )
    return violation
