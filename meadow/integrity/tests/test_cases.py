"""Facts in, a case out, figures down by exactly its reads; taken back, and they are as before."""

import datetime as dt
import secrets
from dataclasses import replace
from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.analytics.testing import make_fact, wait_for
from meadow.analytics.warehouse.client import get_client
from meadow.core.testing import race, run_jobs
from meadow.integrity import services
from meadow.integrity.models import Case, DetectorRule
from meadow.integrity.queries import read_judged
from meadow.integrity.tests.judged import (
    NOW,
    START,
    cases_of,
    clockwork,
    raw,
    read_at,
    scan,
    store,
    valid,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("engines_and_rules"),
]


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


def test_scans_that_race_open_one_case() -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine))

    outcomes = race(lambda _: services.scan_facts(now=NOW), runners=3)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert [case.facts for case in cases_of(machine)] == [40]
