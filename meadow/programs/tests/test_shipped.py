"""The six programs that ship: their rules can be read, and only what is built takes people in."""

import pytest

from meadow.programs.queries import explain, list_programs, program_page
from meadow.programs.testing import admit, ensure_program
from meadow.programs.tests.people import NOW, ask, look, make_followed, state_of

pytestmark = pytest.mark.django_db


def test_six_programs_ship_and_say_what_is_not_built() -> None:
    shown = {one.slug: (one.capability, one.is_built) for one in list_programs()}

    assert shown == {
        "creator-center": ("studio.open", True),
        "live": ("live.broadcast", False),
        "brand-collaborations": ("collaborations.offer", False),
        "product-cards": ("product_cards.attach", False),
        "promotion": ("promotion.order", True),
        "social-store": ("social_store.curate", False),
    }


def test_the_default_rule_of_the_creator_center_is_as_published() -> None:
    page = program_page("creator-center", None, NOW)

    assert page.rule is not None
    assert page.rule.words == (
        "More than 5,000 followers, more than 10 notes of the last 180 days with at least"
        " 2,000 valid reads each and no open violations"
    )


def test_what_is_not_built_takes_nobody_in_and_explains_itself() -> None:
    program, person = ensure_program("social-store"), make_followed(0)

    look(program, person)
    found = explain(person.pk, "social-store", NOW)

    assert state_of(program, person) == ""
    assert (found.blocked, found.met) == ("not_built", False)
    assert found.blocked_words == (
        "What this program opens is not built yet. The rule already says what it will ask."
    )


def test_a_grant_opens_the_studio_and_says_so() -> None:
    person = make_followed(0)

    admit(person.pk, "creator-center", now=NOW)

    answer = ask(person, "studio.open")
    assert (answer.allowed, answer.reason) == (True, "granted")
