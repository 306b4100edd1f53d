"""Facts in, a case out, figures down by exactly its reads; taken back, and they are as before."""

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection

from meadow.accounts.testing import make_person
from meadow.analytics.facts import SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.queries import get_note_reads
from meadow.analytics.testing import make_fact, stream_of_facts, wait_for
from meadow.analytics.verdicts import publish_verdicts
from meadow.analytics.warehouse.client import get_client
from meadow.core import nats as core_nats
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish
from meadow.core.testing import forget_jobs, race, run_jobs, waiting_jobs
from meadow.core.transactions import transaction
from meadow.integrity import services
from meadow.integrity.errors import CaseMissing, CaseTakenBackAlready
from meadow.integrity.models import Case, DetectorRule, ScanMark, TakeBack
from meadow.integrity.queries import CaseRecord, get_case, list_cases_of, read_judged
from meadow.integrity.testing import ensure_rules, make_case

pytestmark = [pytest.mark.django_db(transaction=True)]
START = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
NOW = START + dt.timedelta(hours=1)
notes = iter(range(1_000_000, 2_000_000))


@pytest.fixture(autouse=True)
def clean(warehouse: Any, transactional_db: None) -> Iterator[None]:
    forget_jobs()
    ensure_rules()
    stream_of_facts(nothing)
    yield
    forget_jobs()


async def nothing(stream: Any) -> None:
    """Only make sure of the stream."""


def read_at(person: str, second: float, **given: Any) -> Fact:
    """Return a read of a note of its own, reported half a second later."""
    at = int(START.timestamp() * 1000 + second * 1000)
    given = {"note_id": next(notes), "person": person} | given
    return make_fact(at=at, received_at=at + 500, **given)


def clockwork(person: str, reads: int = 40, *, begin: float = 0.0, **given: Any) -> list[Fact]:
    return [read_at(person, begin + 3.0 * place, **given) for place in range(reads)]


def store(*batches: Sequence[Fact]) -> None:
    """Publish batches and return once the warehouse has them and PostgreSQL their figures."""
    for batch in batches:
        jetstream_publish(SUBJECT_WEB, encode_facts(batch))
    ids = [fact.id for batch in batches for fact in batch]
    assert wait_for(lambda: count("facts", "id", ids) == len(ids))
    reads = [fact for batch in batches for fact in batch if fact.kind == "read"]
    assert wait_for(lambda: raw(reads) >= len(reads))


def count(table: str, column: str, values: Sequence[str]) -> int:
    sql = f"SELECT count() FROM {table} WHERE {column} IN {{values:Array(String)}}"  # noqa: S608
    return int(get_client().query(sql, parameters={"values": list(values)}).result_rows[0][0])


def valid(facts: Sequence[Fact]) -> int:
    """Return the valid reads of the notes of these facts, as PostgreSQL has them."""
    return sum(reads.valid for reads in get_note_reads([one.note_id for one in facts]).values())


def raw(facts: Sequence[Fact]) -> int:
    return sum(reads.raw for reads in get_note_reads([one.note_id for one in facts]).values())


def cases_of(person: str) -> list[CaseRecord]:
    return list_cases_of(pseudonym=person, size=100).items


def scan() -> None:
    services.scan_facts(now=NOW)
    run_jobs("integrity")


def test_a_clock_s_reads_stop_counting_and_count_again_when_it_is_taken_back() -> None:
    machine, person = secrets.token_hex(16), secrets.token_hex(16)
    bad = clockwork(machine, 40)
    # The same notes are also read by a person, at a person's distances.
    good = [
        read_at(person, second, note_id=fact.note_id)
        for second, fact in zip((0, 9, 14, 40, 47, 95), bad, strict=False)
    ]
    store(bad, good)
    assert wait_for(lambda: (valid(bad), raw(bad)) == (46, 46))

    scan()

    assert wait_for(lambda: valid(bad) == 6)
    assert raw(bad) == 46
    assert cases_of(person) == []
    (case,) = cases_of(machine)
    assert (case.detector, case.version, case.facts, case.state) == ("clockwork", 1, 40, "stands")
    assert case.measured == {"reads": 40, "gap_ms": 3000, "variation": 0.0}
    assert (case.window_from, case.window_to) == (START, START + dt.timedelta(seconds=39 * 3))
    operator = make_person(role="operator")

    services.take_back_case(
        public_id=case.public_id, operator_id=operator.pk, reason="A kiosk of ours.", now=NOW
    )
    run_jobs("integrity")

    assert wait_for(lambda: valid(bad) == 46)
    assert raw(bad) == 46
    scan()
    assert [one.state for one in cases_of(machine)] == ["taken_back"]


def test_everything_the_browser_reported_meanwhile_is_left_out_with_the_reads() -> None:
    machine = secrets.token_hex(16)
    reads = clockwork(machine)
    reads[7] = replace(reads[7], provenance="paid", campaign_id=4)
    moment: dict[str, Any] = {"person": machine, "note_id": reads[5].note_id, "ms": 0}
    moment |= {"at": reads[5].at + 100, "received_at": reads[5].at + 600}
    during = [
        make_fact(kind=kind, **moment)
        for kind in ("impression", "open", "dwell", "complete", "click", "share")
    ]
    spared = [
        make_fact(kind="like", **(moment | {"nonce": ""})),
        make_fact(kind="read", provenance="invalid", reason="robot", **moment),
        read_at(machine, 7200),
        read_at(secrets.token_hex(16), 20),
    ]
    store([*reads, *during, *spared])

    scan()

    (case,) = cases_of(machine)
    row = Case.objects.get(public_id=case.public_id)
    judged = read_judged(row.judged).to_pylist()
    assert {fact["fact_id"] for fact in judged} == {fact.id for fact in (*reads, *during)}
    assert case.facts == 46
    assert sum(fact["provenance"] == "paid" for fact in judged) == 1


def test_signed_out_pseudonyms_are_judged_alike() -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine, signed_in=False))

    scan()

    (case,) = cases_of(machine)
    assert (case.signed_in, case.facts) == (False, 40)


def test_a_flood_is_a_case_of_its_own() -> None:
    machine = secrets.token_hex(16)
    flood = [read_at(machine, 0.7 * place + 0.3 * (place % 3)) for place in range(100)]
    store(flood)

    scan()

    assert wait_for(lambda: valid(flood) == 0)
    (case,) = cases_of(machine)
    assert case.detector == "impossible_rate"
    assert (case.measured["seconds"], case.measured["most"]) == (60, 60)
    assert case.facts == 100


def test_a_clock_that_goes_on_is_judged_for_what_is_new_only() -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine, 40))
    scan()
    store(clockwork(machine, 5, begin=120.0))

    scan()
    scan()

    assert [case.facts for case in cases_of(machine)] == [5, 40]
    assert cases_of(machine)[0].measured["reads"] == 45


@pytest.mark.slow
def test_reads_in_two_batches_are_seen_together_and_none_is_skipped() -> None:
    machine = secrets.token_hex(16)
    facts = clockwork(machine, 40)
    for fact in facts[:-1]:
        if fact is facts[20]:
            scan()
        store([fact])
    assert len(cases_of(machine)) == 0

    scan()
    assert sum(case.facts for case in cases_of(machine)) == 39
    store(facts[-1:])
    scan()

    assert sum(case.facts for case in cases_of(machine)) == 40


def test_history_that_was_imported_is_not_judged_by_its_clock() -> None:
    importer = secrets.token_hex(16)
    later = int((START + dt.timedelta(days=3)).timestamp() * 1000)
    store(
        [
            make_fact(at=f.at, received_at=later, person=importer, note_id=f.note_id)
            for f in clockwork(importer)
        ]
    )

    scan()

    assert cases_of(importer) == []


def test_what_was_decided_at_receipt_keeps_its_reason() -> None:
    machine = secrets.token_hex(16)
    reasons = [
        "own",
        "blocked",
        "token_missing",
        "token_forged",
        "token_expired",
        "robot",
        "prefetch",
    ]
    facts = [
        [read_at(machine, 3.0 * place, provenance="invalid", reason=reason) for place in range(35)]
        for reason in reasons
    ]
    store(*facts)

    scan()

    assert cases_of(machine) == []
    found = get_client().query(
        "SELECT reason, case_id, count() FROM facts_judged WHERE person = {person:String}"
        " GROUP BY reason, case_id ORDER BY reason",
        parameters={"person": machine},
    )
    assert list(found.result_rows) == [(reason, "", 35) for reason in sorted(reasons)]


def test_a_switched_off_detector_opens_no_case() -> None:
    machine = secrets.token_hex(16)
    DetectorRule.objects.create(
        detector="clockwork", version=2, parameters={}, is_active=False, created_at=NOW
    )
    store(clockwork(machine))

    scan()

    assert cases_of(machine) == []


def test_killed_before_the_commit_the_next_scan_opens_the_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine))

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(services, "enqueue_delivery", die)
        with pytest.raises(KeyboardInterrupt):
            services.scan_facts(now=NOW)
    assert (cases_of(machine), waiting_jobs("integrity.deliver_verdicts")) == ([], [])
    assert ScanMark.objects.count() == 0

    scan()

    assert [case.facts for case in cases_of(machine)] == [40]


def test_killed_between_case_and_stream_the_verdicts_still_leave() -> None:
    machine = secrets.token_hex(16)
    bad = clockwork(machine)
    store(bad)

    services.scan_facts(now=NOW)
    waiting = [
        job
        for job in waiting_jobs("integrity.deliver_verdicts")
        if job["case_id"] == cases_of(machine)[0].public_id
    ]

    assert [job["stage"] for job in waiting] == ["judged"]
    assert count("verdicts", "fact_id", [fact.id for fact in bad]) == 0
    run_jobs("integrity")
    assert wait_for(lambda: valid(bad) == 0)


def test_killed_in_the_middle_of_the_verdicts_they_are_sent_again_and_stored_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = secrets.token_hex(16)
    bad = clockwork(machine)
    store(bad)
    services.scan_facts(now=NOW)
    case_id = cases_of(machine)[0].public_id
    sent: list[int] = []

    def publish_two(verdicts: Any) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        publish_verdicts(verdicts)
        sent.append(len(verdicts))

    with monkeypatch.context() as dying:
        dying.setattr(services, "VERDICTS_A_MESSAGE", 15)
        dying.setattr(services, "publish_verdicts", publish_two)
        with pytest.raises(KeyboardInterrupt):
            services.deliver_verdicts(case_id=case_id, stage="judged")

    assert services.deliver_verdicts(case_id=case_id, stage="judged") == 40
    services.deliver_verdicts(case_id=case_id, stage="judged")

    assert sent == [15, 15]
    assert wait_for(lambda: valid(bad) == 0)
    assert count("verdicts", "fact_id", [fact.id for fact in bad]) == 40


@pytest.mark.slow
def test_verdicts_wait_while_the_stream_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case("d" * 32)
    with transaction():
        services.enqueue_delivery(case, stage="judged")
    with monkeypatch.context() as away:
        away.setattr(core_nats, "server_url", lambda: "nats://127.0.0.1:1")
        core_nats.reset()
        run_jobs("integrity")
        with pytest.raises(EngineUnavailable):
            services.deliver_verdicts(case_id=case.public_id, stage="judged")
    core_nats.reset()

    assert [job["case_id"] for job in waiting_jobs("integrity.deliver_verdicts")] == [
        case.public_id
    ]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL, attempts = 100")
    run_jobs("integrity")
    assert waiting_jobs("integrity.deliver_verdicts") == []
    assert wait_for(lambda: count("verdicts", "case_id", [case.public_id]) == 3)


def test_scans_that_race_open_one_case() -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine))

    outcomes = race(lambda _: services.scan_facts(now=NOW), runners=3)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert [case.facts for case in cases_of(machine)] == [40]


def test_a_case_is_taken_back_once() -> None:
    case = make_case("c" * 32)
    word: Any = {"public_id": case.public_id, "operator_id": 7, "reason": "Ours.", "now": NOW}

    outcomes = race(lambda _: services.take_back_case(**word), runners=4)

    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [CaseTakenBackAlready] * 3
    assert TakeBack.objects.count() == 1
    assert len(waiting_jobs("integrity.deliver_verdicts")) == 1
    with pytest.raises(CaseMissing):
        services.take_back_case(**(word | {"public_id": "kNowhere"}))


def test_the_verdict_that_takes_back_is_the_later_one_whatever_the_clock_says() -> None:
    case = make_case("b" * 32)
    earlier = case.decided_at - dt.timedelta(days=1)

    services.take_back_case(public_id=case.public_id, operator_id=7, reason="Ours.", now=earlier)

    judged = services.make_verdicts(case, stage="judged")
    restored = services.make_verdicts(case, stage="restored")
    assert all(later.at > one.at for one, later in zip(judged, restored, strict=True))
    assert {one.provenance for one in judged} == {"invalid"}
    assert {(one.provenance, one.reason) for one in restored} == {("organic", "")}
    assert len({one.id for one in (*judged, *restored)}) == 6


@pytest.mark.parametrize(
    "table", ["integrity_detectorrule", "integrity_case", "integrity_takeback"]
)
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET id = id + 1000"])
def test_rows_are_only_added(table: str, act: str) -> None:
    case = make_case("a" * 32)
    services.take_back_case(public_id=case.public_id, operator_id=7, reason="Ours.", now=NOW)

    with (
        pytest.raises(IntegrityError, match="are only added"),
        transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))

    assert get_case(public_id=case.public_id).state == "taken_back"


def test_no_row_of_a_case_holds_the_pseudonym() -> None:
    make_case("e" * 32)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM integrity_case c")
        rows = "".join(row[0] for row in cursor.fetchall())

    assert "e" * 32 not in rows
    assert len(list_cases_of(pseudonym="e" * 32).items) == 1
