"""Rules in versions: drafted, scheduled with notice, in force on their day; published words stay."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person
from meadow.core.testing import waiting_jobs
from meadow.core.transactions import savepoint, transaction
from meadow.notifications.queries import list_notifications
from meadow.programs.errors import (
    AnotherScheduled,
    NoticeTooShort,
    RuleInvalid,
    VersionMissing,
    VersionPublished,
)
from meadow.programs.models import ChangeLog, RuleVersion
from meadow.programs.queries import explain, get_rule, program_page
from meadow.programs.services.admission import reconcile_everybody
from meadow.programs.services.joining import watch
from meadow.programs.services.rule_versions import (
    activate_due,
    change_draft,
    discard_draft,
    draft_rule,
    schedule_rule,
    unschedule_rule,
)
from meadow.programs.services.stages import change_stage
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, look, make_followed, state_of

pytestmark = pytest.mark.django_db
BY = 1


def more_than(followers: int) -> dict[str, Any]:
    """Return the rule of more than so many followers."""
    return {
        "all": [
            {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
        ]
    }


def draft(followers: int) -> int:
    """Return the number of a new draft."""
    return draft_rule(slug="garden", rule=more_than(followers), note="", operator_id=BY, now=NOW)


def schedule(number: int, at: dt.datetime) -> int:
    """Schedule a version."""
    return schedule_rule(slug="garden", number=number, active_from=at, operator_id=BY, now=NOW)


def test_a_wider_rule_holds_at_once_and_lets_people_in() -> None:
    program, person = make_program(), make_followed(4)
    look(program, person)
    before = program_page("garden", None, NOW)

    assert schedule(draft(3), NOW) == 0

    assert [one.state for one in before.history] == ["active"]

    page = program_page("garden", None, NOW)
    assert page.rule is not None
    assert (page.rule.number, page.rule.words) == (2, "More than 3 followers")
    assert [one.state for one in page.history] == ["active", "retired"]
    assert page.changes[0].words == "Version 2 of the rule is in force."
    assert {"program_id": program.pk} in waiting_jobs("programs.reconcile_everybody")
    reconcile_everybody(program_id=program.pk, now=NOW)
    assert state_of(program, person) == "admitted"


def test_a_narrower_rule_needs_notice_and_tells_whom_it_concerns() -> None:
    program = make_program(notice_days=14)
    loses, keeps = make_followed(6), make_followed(9)
    look(program, loses, keeps)
    number = draft(8)

    with pytest.raises(NoticeTooShort) as early:
        schedule(number, NOW + 14 * DAY - dt.timedelta(seconds=1))
    assert (early.value.params["people"], early.value.params["days"]) == (1, 14)
    assert RuleVersion.objects.get(number=number).state == "draft"

    assert schedule(number, NOW + 14 * DAY) == 1

    version = RuleVersion.objects.get(number=number)
    assert (version.state, version.notice_until) == ("scheduled", NOW + 14 * DAY)
    told = [one.kind for one in list_notifications(person_id=loses.pk).items]
    assert told == ["programs.rule_scheduled", "programs.admitted"]
    assert len(list_notifications(person_id=keeps.pk).items) == 1
    ahead = explain(loses.pk, "garden", NOW).ahead
    assert ahead is not None
    assert (ahead.met, ahead.results) == (False, ["6 of more than 8 followers: 3 to go."])

    assert activate_due(now=NOW + 14 * DAY - dt.timedelta(seconds=1)) == 0
    assert activate_due(now=NOW + 14 * DAY) == 1
    reconcile_everybody(program_id=program.pk, now=NOW + 14 * DAY)
    assert [state_of(program, one) for one in (loses, keeps)] == ["grace", "admitted"]


def test_who_came_in_by_a_grant_loses_nothing_to_a_rule() -> None:
    make_program()
    assert schedule(draft(100), NOW) == 0


def test_one_version_is_scheduled_at_a_time_and_can_be_taken_back() -> None:
    make_program()
    first, second = draft(3), draft(4)
    schedule(first, NOW + DAY)

    with pytest.raises(AnotherScheduled):
        schedule(second, NOW + DAY)
    unschedule_rule(slug="garden", number=first, operator_id=BY, now=NOW)
    schedule(second, NOW + DAY)

    assert activate_due(now=NOW + DAY) == 1
    assert get_rule("garden", second).state == "active"
    assert get_rule("garden", first).state == "draft"


def test_only_drafts_change() -> None:
    make_program()
    number = draft(3)
    change_draft(slug="garden", number=number, rule=more_than(4), note="Four.")
    assert get_rule("garden", number).words == "More than 4 followers"

    with pytest.raises(RuleInvalid):
        change_draft(slug="garden", number=number, rule={"all": []}, note="")
    with pytest.raises(VersionPublished):
        change_draft(slug="garden", number=1, rule=more_than(1), note="")
    with pytest.raises(VersionPublished):
        discard_draft(slug="garden", number=1)
    discard_draft(slug="garden", number=number)
    with pytest.raises(VersionMissing):
        get_rule("garden", number)


def test_drafts_are_not_public() -> None:
    make_program()
    draft(3)

    page = program_page("garden", None, NOW)

    assert [one.number for one in page.history] == [1]


def test_the_database_keeps_published_rules_and_the_change_log() -> None:
    make_program()
    change_stage(slug="garden", stage="invited", percentage=0, operator_id=BY, now=NOW)

    for change in (
        lambda: RuleVersion.objects.filter(number=1).update(rule=more_than(1)),
        lambda: RuleVersion.objects.filter(number=1).delete(),
        lambda: ChangeLog.objects.update(kind="other"),
        lambda: ChangeLog.objects.all().delete(),
    ):
        with transaction(), pytest.raises(IntegrityError), savepoint():
            change()

    assert ChangeLog.objects.get().kind == "stage"
    assert get_rule("garden", 1).words == "More than 5 followers"


def test_who_asked_hears_of_changes_once() -> None:
    make_program()
    curious = make_person()
    watch(slug="garden", person_id=curious.pk, now=NOW)

    change_stage(slug="garden", stage="percentage", percentage=10, operator_id=BY, now=NOW)
    change_stage(slug="garden", stage="percentage", percentage=10, operator_id=BY, now=NOW)

    news = list_notifications(person_id=curious.pk).items
    assert [(one.kind, one.title) for one in news] == [
        ("programs.changed", "Something changed: Garden")
    ]
    line = program_page("garden", None, NOW).changes[0]
    assert line.words == (
        "Stage: from “Open to everybody who meets the rule” to “Open to 10 % of everybody,"
        " drawn by lot”."
    )
