"""Every route again: an owner whom moderation hid is there for nobody, a suspended person writes nothing."""

import re

import pytest

from meadow.accounts.models import Person
from meadow.core.clock import now
from meadow.integrity.models import Inquiry
from meadow.integrity.moderation import acting, reporting
from meadow.integrity.moderation.acting import Statement, Verdict
from meadow.runtime.testing import RunningEngines
from meadow.web.still_open import STILL_OPEN, STILL_OPEN_TO_END
from meadow.web.tests.matrix import MATRIX, Entry
from meadow.web.tests.test_permissions import send
from meadow.web.tests.world import World, make_world

FOUND = Statement(rule="abuse", words="Threats under eleven notes, kept in the snapshot.")
# What leads to the owner or to what they wrote, by what the table calls it.
THEIRS = ("{handle}", "{note}", "{comment}", "{board}", "{note_photo}", "{card}")
# Their own words about the owner, and what ends something: there whoever is hidden.
OF_THE_ASKING = re.compile(r"/(block|unblock|why|follow|hidden/)|feed/hidden|unfollow|/facts\?")


@pytest.fixture
def world(db: None, warehouse: RunningEngines) -> World:
    return make_world()


def restrict(handle: str, verdict: Verdict, *, days: int | None = None) -> str:
    """Let the moderator of this world restrict somebody whom the operator reported."""
    people = dict(Person.objects.values_list("handle", "pk"))
    subject = Person.objects.get(handle=handle).public_id
    reporting.report_subject(
        kind="person",
        public_id=subject,
        reporter_id=people["the_operator"],
        reason="hate",
        words="",
        now=now(),
    )
    return acting.decide(
        public_id=Inquiry.objects.get(subject=subject, outcome="").public_id,
        verdict=verdict,
        statement=FOUND,
        days=days,
        moderator_id=people["the_moderator"],
        now=now(),
    )


def is_open(entry: Entry, path: str) -> bool:
    """Whether a suspended person may send this."""
    if any(re.search(one, path) for one in STILL_OPEN):
        return True
    ends = entry.method == "DELETE"
    return ends and any(re.search(one, path) for one in STILL_OPEN_TO_END)


@pytest.mark.slow
def test_who_is_suspended_writes_only_what_mends_ends_or_appeals_and_the_hidden_are_at_no_address(
    world: World,
) -> None:
    restrict("the_stranger", "suspend")
    surprises, refused = {}, 0
    for route, entry in MATRIX.items():
        if entry.method in ("GET", "HEAD"):
            continue
        role = "token_full" if entry.path.startswith("/api/") else "stranger"
        expected = entry.expected[role]
        if not is_open(entry, entry.path):
            expected, refused = 403, refused + 1
        answer = send(world, entry, role)
        if answer != expected:
            surprises[f"{role} {route}"] = (answer, expected)
    assert surprises == {}
    assert refused > 100

    restrict("the_owner", "hide")
    for route, entry in MATRIX.items():
        leads = any(name in entry.path for name in THEIRS) and entry.method == "GET"
        if not leads or OF_THE_ASKING.search(entry.path):
            continue
        role = "stranger" if entry.path.startswith("/api/") else "anonymous"
        answer = send(world, entry, role)
        if entry.expected[role] == 200 and answer != 404:
            surprises[f"{role} {route}"] = (answer, 404)
    assert surprises == {}
    assert send(world, MATRIX["GET /@<handle>"], "owner") == 200
