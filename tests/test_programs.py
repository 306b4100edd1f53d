"""Programs in a real browser: the public rule, the door that opens, the grace period, an appeal."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime.testing import LiveStack
from tests.browser import PHONE, Visitor, expect, new_handle, sign_up, visit

pytestmark = pytest.mark.browser

FOLLOWED = {"key": "followers", "metric": "followers", "operator": ">=", "threshold": 1}
ANYBODY = {"key": "followers", "metric": "followers", "operator": ">=", "threshold": 0}
MAKE = """
import json
from meadow.programs.testing import make_program
make_program("{slug}", **json.loads('''{fields}'''))
"""
REFUSE = """
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.programs.models import Application
from meadow.programs.services.applications import review_application
review_application(
    public_id=Application.objects.get(program__slug="{slug}").public_id,
    accept=False,
    words="Tell us more about your photographs.",
    reviewer_id=make_person("o{slug}".replace("-", "_"), role="operator").pk,
    now=now(),
)
"""
GRANT = """
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.decisions.models import Appeal
from meadow.decisions.appeal_services import answer_appeal
answer_appeal(
    appeal=Appeal.objects.get(decision__scope="programs/{slug}").public_id,
    reviewer_id=make_person("m{slug}".replace("-", "_"), role="moderator").pk,
    upheld=True,
    words="They are all your own: welcome.",
    now=now(),
)
"""


def make_program(stack: LiveStack, *, asks: dict[str, Any], **fields: Any) -> str:
    """Make an open program of its own whose rule is one criterion; returns its slug."""
    slug = f"p-{new_handle()}"
    fields["rule"] = {"all": [asks]}
    run(stack, MAKE.format(slug=slug, fields=json.dumps(fields)))
    return slug


def run(stack: LiveStack, code: str) -> None:
    """Do what an operator does, straight through the services.

    A process that has just begun is not connected to NATS yet, and would tell no open page.
    """
    heard = "from meadow.core.nats import nats_version\nnats_version()"
    stack.manage("manage", "shell", "-c", "\n".join((heard, code, heard)))


def stay_on(page: Page) -> None:
    """Mark the document and wait until it hears what happens."""
    expect(page.locator("html[data-live=on]")).to_be_attached()
    page.evaluate("window.sameDocument = true")


def expect_door(page: Page, look: str, state: str) -> None:
    """Wait until the door of the open page stands like this."""
    door = page.locator(f"[data-door={look}][data-state='{state}']")
    expect(door).to_be_visible()


def press_follow(visitor: Visitor, handle: str) -> None:
    """Follow somebody, or stop it, by the button on their profile."""
    visitor.open(f"/@{handle}")
    button = visitor.page.locator("form.follow button").first
    before = button.inner_text()
    button.click()
    expect(visitor.page.locator("form.follow button").first).not_to_have_text(before)


def test_the_door_opens_while_the_page_is_open(browser: Browser, live_stack: LiveStack) -> None:
    slug = make_program(live_stack, asks=FOLLOWED)
    with (
        visit(browser, live_stack.base_url, viewport=PHONE) as creator,
        visit(browser, live_stack.base_url) as reader,
    ):
        handle = sign_up(creator)
        sign_up(reader)
        page = creator.open(f"/programs/{slug}/me")
        expect_door(page, "shut", "")
        expect(page.locator("#criterion-followers")).to_contain_text("1 to go")
        page.locator("#how-followers summary").click()
        stay_on(page)

        press_follow(reader, handle)

        expect_door(page, "open", "admitted")
        expect(page.locator("#door-title")).to_have_text("The door is open: you are in")
        expect(page.locator("#criterion-followers")).to_have_attribute("data-met", "yes")
        # What was laid open is so still, and nothing was loaded anew.
        expect(page.locator("#how-followers")).to_have_attribute("open", "")
        assert page.evaluate("window.sameDocument") is True
        expect(page.locator(".bell-count")).to_be_visible()

        # The signed decision holds.
        page.locator("a[href^='/decisions/d']").first.click()
        expect(page.locator("main")).to_contain_text("You meet every criterion of the rule.")

        # Other tests' programs may have let them in as well; of this one they hear once.
        creator.open("/notifications")
        expect(page.locator(".news-link", has_text=slug.title())).to_have_count(1)


def test_who_loses_a_criterion_sees_the_grace_period(
    browser: Browser, live_stack: LiveStack
) -> None:
    slug = make_program(live_stack, asks=FOLLOWED, grace_days=14)
    with (
        visit(browser, live_stack.base_url) as creator,
        visit(browser, live_stack.base_url) as reader,
    ):
        handle = sign_up(creator)
        sign_up(reader)
        page = creator.open(f"/programs/{slug}/me")
        stay_on(page)
        press_follow(reader, handle)
        expect_door(page, "open", "admitted")

        press_follow(reader, handle)

        expect_door(page, "ajar", "grace")
        expect(page.locator("#program-live")).to_contain_text("Nothing closes yet.")
        expect(page.locator("#program-live")).to_contain_text("In until")
        assert page.evaluate("window.sameDocument") is True

        # In time it is made good again.
        press_follow(reader, handle)
        expect_door(page, "open", "admitted")


def test_a_stranger_reads_the_public_rules_without_javascript(
    browser: Browser, live_stack: LiveStack
) -> None:
    with visit(browser, live_stack.base_url, java_script_enabled=False, viewport=PHONE) as stranger:
        page = stranger.open("/")
        page.locator("details.more-menu summary").click()
        page.locator("details.more-menu a[href='/programs']").click()
        page.get_by_role("link", name="Creator Center").click()

        expect(page.locator("h1")).to_have_text("Creator Center")
        expect(page.locator("main")).to_contain_text("More than 5,000 followers")
        expect(page.locator("main")).to_contain_text("at least 2,000 valid reads each")
        expect(page.locator("#changes-title")).to_be_visible()

        page.locator("a", has_text="Sign in to see where you stand").click()
        assert page.url.endswith("/accounts/login/?next=/programs/creator-center/me")

        page = stranger.open("/programs/live")
        expect(page.locator("main")).to_contain_text("not built yet, so nobody can be in")


def test_what_if_answers_with_and_without_javascript(
    browser: Browser, live_stack: LiveStack
) -> None:
    slug = make_program(live_stack, asks={**FOLLOWED, "threshold": 300})
    with visit(browser, live_stack.base_url) as creator:
        sign_up(creator)
        state = creator.context.storage_state()
        page = creator.open(f"/programs/{slug}/me")
        page.evaluate("window.sameDocument = true")

        page.locator("#what-if input[name=followers]").fill("299")
        page.locator("#what-if button[type=submit]").click()
        expect(page.locator("[data-what-if=unmet]")).to_contain_text("1 to go")
        page.locator("#what-if input[name=followers]").fill("300")
        page.locator("#what-if button[type=submit]").click()
        expect(page.locator("[data-what-if=met]")).to_contain_text("The door would be open")
        assert page.evaluate("window.sameDocument") is True
        expect_door(page, "shut", "")

    plain = {"java_script_enabled": False, "storage_state": state, "viewport": PHONE}
    with visit(browser, live_stack.base_url, **plain) as creator:
        page = creator.open(f"/programs/{slug}/me")
        page.locator("#what-if input[name=followers]").fill("300")
        page.locator("#what-if button[type=submit]").click()
        expect(page.locator("[data-what-if=met]")).to_contain_text("The door would be open")
        page.go_back()
        page.get_by_role("link", name="When would I be in, at this pace?").click()
        expect(page.locator("#outlook")).to_contain_text("No forecast yet")


def test_an_applicant_is_refused_appeals_and_is_admitted(
    browser: Browser, live_stack: LiveStack
) -> None:
    question = {"key": "why", "label": {"en": "What do you write about?"}, "max_length": 200}
    slug = make_program(live_stack, asks=ANYBODY, admission="application", questions=[question])
    with visit(browser, live_stack.base_url) as applicant:
        sign_up(applicant)
        page = applicant.open(f"/programs/{slug}/me")
        page.get_by_role("link", name="Apply").click()
        page.locator("textarea[name=why]").fill("Harbours in the fog.")
        page.get_by_role("button", name="Send the application").click()
        expect_door(page, "shut", "applied")
        stay_on(page)

        run(live_stack, REFUSE.format(slug=slug))

        expect_door(page, "shut", "refused")
        expect(page.locator("#program-live")).to_contain_text(
            "Tell us more about your photographs."
        )
        assert page.evaluate("window.sameDocument") is True
        page.get_by_role("link", name="Appeal").click()
        page.locator("textarea[name=words]").fill("Every photograph in my notes is my own work.")
        page.get_by_role("button", name="Appeal").click()
        expect(page.locator(".toasts")).to_contain_text("Your appeal is open.")
        page = applicant.open(f"/programs/{slug}/me")
        expect(page.locator("main")).to_contain_text("Your appeal waits for an answer")
        stay_on(page)

        run(live_stack, GRANT.format(slug=slug))

        expect_door(page, "open", "admitted")
        assert page.evaluate("window.sameDocument") is True
