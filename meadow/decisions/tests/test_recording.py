"""What is recorded is what was given, signed; many at once are as many one by one."""

import datetime as dt
import enum
from typing import Any

import orjson
import pytest
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person
from meadow.core.testing import race
from meadow.core.transactions import TransactionMissing, transaction
from meadow.decisions import queries, services
from meadow.decisions.errors import RulingUnreadable
from meadow.decisions.models import Batch, Decision, SigningKey, Subject
from meadow.decisions.receipts import verify
from meadow.decisions.records import Reason
from meadow.decisions.testing import WHEN, make_decision, make_decisions, make_ruling

pytestmark = pytest.mark.django_db


def nest(depth: int) -> Any:
    """Return a list in a list in a list."""
    return [nest(depth - 1)] if depth else 1


class Colour(enum.IntEnum):
    """A number that is more than a number."""

    RED = 1


def test_a_decision_is_kept_as_it_was_given() -> None:
    ann = make_person()
    until = WHEN + dt.timedelta(days=30)

    made = make_decision(ann, valid_until=until, decided_by="operator:pSomebody")

    (found,) = queries.list_decisions(ann.pk).items
    assert found == made
    assert (found.person_id, found.scope, found.capability) == (ann.pk, "example/door", "door.open")
    assert (found.outcome, found.rule_version) == ("refused", "3")
    assert found.inputs == {"followers": 4812, "notes_with_reads": 12}
    assert found.reasons == [Reason("example.too_few", {"metric": "followers", "gap": 189})]
    assert (found.decided_at, found.valid_until) == (WHEN, until)
    assert found.appeal_until == WHEN + dt.timedelta(days=14)
    assert found.decided_by == "operator:pSomebody"


def test_the_signed_text_is_canonical_and_names_nobody() -> None:
    ann = make_person("ann_of_the_meadow")

    made = make_decision(ann, inputs={"b": 1, "a": {"z": "种草", "y": [1.5, None, True]}})

    text = Decision.objects.get(pk=made.id).document
    assert text == (
        '{"appeal_until":"2026-05-15T12:00:00.000000Z","capability":"door.open",'
        '"decided_at":"2026-05-01T12:00:00.000000Z","decided_by":"rule",'
        f'"id":"{made.public_id}",'
        '"inputs":{"a":{"y":[1.5,null,true],"z":"种草"},"b":1},"kind":"meadow.decision.v1",'
        '"outcome":"refused","reasons":[{"code":"example.too_few",'
        '"params":{"gap":189,"metric":"followers"}}],"rule_version":"3",'
        f'"scope":"example/door","subject":"{made.subject}","valid_until":null}}'
    )
    for name in (ann.handle, ann.public_id, ann.pseudonym):
        assert name not in text


def test_one_person_has_one_pseudonym_that_is_nowhere_else() -> None:
    ann, bo = make_person(), make_person()

    first, second, other = make_decision(ann), make_decision(ann), make_decision(bo)

    assert first.subject == second.subject
    assert first.subject != other.subject
    assert Subject.objects.count() == 2


def test_the_columns_say_what_the_signed_text_says() -> None:
    ann = make_person()
    make_decisions(ann, 3)

    for row in Decision.objects.select_related("subject"):
        said = orjson.loads(row.document)
        assert (row.public_id, row.scope, row.capability) == (
            said["id"],
            said["scope"],
            said["capability"],
        )
        assert (row.outcome, row.subject.name) == (said["outcome"], said["subject"])
        assert row.decided_at == dt.datetime.fromisoformat(said["decided_at"])


def test_many_are_recorded_in_the_order_given_under_one_signature() -> None:
    ann, bo = make_person(), make_person()
    rulings = [
        make_ruling((ann, bo)[row % 2].pk, outcome=f"outcome-{row}", inputs={"row": row})
        for row in range(600)
    ]

    with transaction():
        ids = services.record_many(rulings=rulings, now=WHEN)

    records = queries.get_decisions(ids)
    assert [records[pk].inputs["row"] for pk in ids] == list(range(600))
    assert [records[pk].outcome for pk in ids] == [ruling.outcome for ruling in rulings]
    assert [records[pk].person_id for pk in ids[:2]] == [ann.pk, bo.pk]
    batch = Batch.objects.get()
    assert (batch.size, len(bytes(batch.nodes))) == (600, 3 * 32)
    keys = queries.public_keys()
    for pk in (ids[0], ids[255], ids[256], ids[511], ids[512], ids[599]):
        assert verify(queries.receipt(records[pk].public_id), keys=keys).valid


def test_many_are_the_same_as_one_by_one() -> None:
    ann = make_person()
    rulings = [make_ruling(ann.pk, inputs={"row": row, "share": row / 7}) for row in range(5)]

    with transaction():
        together = services.record_many(rulings=rulings, now=WHEN)
    with transaction():
        alone = [services.record(ruling=ruling, now=WHEN).id for ruling in rulings]

    def texts(ids: list[int]) -> list[dict[str, Any]]:
        found = dict(Decision.objects.filter(pk__in=ids).values_list("pk", "document"))
        return [orjson.loads(found[pk]) | {"id": ""} for pk in ids]

    assert texts(together) == texts(alone)


def test_nothing_to_record_is_recorded_as_nothing() -> None:
    with transaction():
        assert services.record_many(rulings=[], now=WHEN) == []

    assert Batch.objects.count() == 0


def test_a_batch_that_is_too_large_is_signed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_A_BATCH", 2)
    ann = make_person()

    ids = make_decisions(ann, 5)

    assert [batch.size for batch in Batch.objects.order_by("pk")] == [2, 2, 1]
    assert [queries.get_decisions(ids)[pk].inputs["followers"] for pk in ids] == [0, 1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_recording_is_part_of_a_use_case() -> None:
    ann = make_person()

    with pytest.raises(TransactionMissing):
        services.record(ruling=make_ruling(ann.pk), now=WHEN)

    assert Decision.objects.count() == 0


def test_recording_takes_few_queries_however_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [make_person() for _ in range(20)]
    rulings = [make_ruling(person.pk) for person in people]
    with transaction():
        services.record_many(rulings=rulings, now=WHEN)

    # Whose pseudonyms, ids twice, one COPY, the key and the batch.
    with transaction(), django_assert_num_queries(6):
        services.record_many(rulings=rulings, now=WHEN)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"share": float("nan")}, "inputs.share is not a finite number"),
        ({"share": float("inf")}, "inputs.share is not a finite number"),
        ({"count": 2**53}, "inputs.count is beyond 2^53, which readers may round"),
        ({"when": WHEN}, "inputs.when is a datetime, which JSON has no word for"),
        ({"colour": Colour.RED}, "inputs.colour is a Colour, which JSON has no word for"),
        ({"list": [1, {2: 3}]}, "inputs.list[1] has a key that is no text"),
        ({"a": nest(16)}, f"inputs.a{'[0]' * 15} is nested deeper than 16"),
        ({"text": "\ud800"}, "ruling str is not valid UTF-8: surrogates not allowed"),
        ({"text": "a" * 70_000}, "ruling is longer than 65536 bytes"),
    ],
)
def test_what_json_cannot_say_exactly_is_refused_with_its_place(
    inputs: dict[str, Any], why: str
) -> None:
    ann = make_person()
    rulings = [make_ruling(ann.pk), make_ruling(ann.pk, inputs=inputs)]

    with pytest.raises(RulingUnreadable) as refused, transaction():
        services.record_many(rulings=rulings, now=WHEN)

    assert str(refused.value) == why
    assert Decision.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"scope": ""}, "scope is '', not [a-z0-9][a-z0-9._/-]{0,79}"),
        ({"outcome": "in\tout"}, r"outcome is 'in\tout', not [a-z0-9][a-z0-9._-]{0,39}"),
        ({"decided_by": "Ann"}, "decided_by is 'Ann', not rule|operator:[A-Za-z0-9]{1,23}"),
        ({"appeal_until": dt.datetime(2026, 5, 1)}, "moment has no time zone"),  # noqa: DTZ001
        ({"reasons": [Reason("x", {"gap": float("nan")})]}, "reasons.gap is not a finite number"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, Any], why: str) -> None:
    ann = make_person()

    with pytest.raises(RulingUnreadable) as refused:
        make_decision(ann, **fields)

    assert str(refused.value) == why


@pytest.mark.django_db(transaction=True)
def test_two_batches_about_the_same_people_at_once_are_both_whole() -> None:
    people = [make_person() for _ in range(40)]

    def record(number: int) -> list[int]:
        order = people if number % 2 else people[::-1]
        with transaction():
            return services.record_many(
                rulings=[make_ruling(one.pk, inputs={"run": number}) for one in order], now=WHEN
            )

    runs = race(record, runners=4)

    assert [len(ids) if isinstance(ids, list) else ids for ids in runs] == [40] * 4
    assert Subject.objects.count() == 40
    assert [batch.size for batch in Batch.objects.all()] == [40] * 4
    assert SigningKey.objects.count() == 1
    keys = queries.public_keys()
    for ids in runs:
        assert isinstance(ids, list)
        for found in queries.get_decisions(ids[:3]).values():
            assert verify(queries.receipt(found.public_id), keys=keys).valid
