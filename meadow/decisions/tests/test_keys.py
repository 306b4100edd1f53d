"""A new key signs from its next batch on; what the old one signed holds, by the key that stays published."""

import dataclasses
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from meadow.accounts.testing import make_person
from meadow.decisions import keys, queries
from meadow.decisions.errors import KeySetOutside
from meadow.decisions.key_services import rotate_key
from meadow.decisions.models import SigningKey
from meadow.decisions.receipts import verify
from meadow.decisions.testing import DAY, WHEN, make_decision
from meadow.decisions.tests.test_receipts import run_script

pytestmark = pytest.mark.django_db
LATER = WHEN + 30 * DAY


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    """A data folder of the test's own: its key is nobody else's."""
    settings.ENVIRONMENT = dataclasses.replace(
        django_settings.ENVIRONMENT, home=tmp_path, decision_key=""
    )
    return tmp_path


def test_both_keys_stay_published_with_the_time_in_which_they_signed() -> None:
    make_decision(make_person())
    make_decision(make_person(), now=WHEN + DAY)
    old = keys.current_signer()

    fresh = rotate_key(now=LATER)
    (waiting, _before) = queries.list_keys()
    make_decision(make_person(), now=LATER + DAY)
    listed = queries.list_keys()

    assert (waiting.last_used_at, waiting.signs_now) == (None, True)
    assert [(key.key_id, key.first_used_at, key.last_used_at, key.signs_now) for key in listed] == [
        (fresh.key_id, LATER, LATER + DAY, True),
        (old.key_id, WHEN, WHEN + DAY, False),
    ]
    told = Client().get("/api/v1/decisions/keys").json()["items"]
    assert [(key["public"], key["signs_now"]) for key in told] == [
        (fresh.public_key, True),
        (old.public_key, False),
    ]


def test_an_outsider_checks_old_and_new_receipts_each_with_its_published_key(
    tmp_path: Path,
) -> None:
    before = queries.receipt(make_decision(make_person()).public_id)
    rotate_key(now=LATER)
    after = queries.receipt(make_decision(make_person(), now=LATER).public_id)

    fresh, old = (key["public"] for key in Client().get("/api/v1/decisions/keys").json()["items"])

    assert [
        run_script(tmp_path, receipt, key).returncode
        for receipt, key in ((before, old), (after, fresh), (before, fresh), (after, old))
    ] == [0, 0, 1, 1]
    known = queries.public_keys()
    assert verify(before, keys=known).valid
    assert verify(after, keys=known).valid


def test_the_old_secret_is_gone_and_the_new_one_is_ours_alone(home: Path) -> None:
    keys.current_signer()
    path = home / "secrets" / keys.SECRET_NAME
    old = path.read_text()

    rotate_key(now=LATER)

    assert path.read_text() != old
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == [keys.SECRET_NAME]


def test_a_key_that_is_set_outside_is_changed_there(settings: Settings) -> None:
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, decision_key="s" * 40)
    before = keys.current_signer()

    with pytest.raises(KeySetOutside):
        rotate_key(now=LATER)

    assert keys.current_signer() == before
    assert SigningKey.objects.count() == 0


def test_when_a_key_signed_last_is_read_from_an_index() -> None:
    make_decision(make_person())
    with CaptureQueriesContext(connection) as asked:
        queries.list_keys()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert len(asked) == 1
    assert "batches_of_key" in plan
