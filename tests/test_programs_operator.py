"""An operator in a real browser: a draft, its dry run with charts, and the day it comes into force."""

import re

import pytest
from playwright.sync_api import Browser, Page

from meadow.runtime.testing import LiveStack
from tests.browser import DESKTOP, PHONE, expect, new_handle, sign_up, visit

pytestmark = pytest.mark.browser

# Forty people of two regions, every third of whom is followed by more than a hundred others.
CROWD = """
import datetime as dt
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.programs.services.admission import reconcile_everybody
from meadow.programs.testing import make_program
Person.objects.filter(handle="{handle}").update(role="operator")
rule = dict(key="followers", metric="followers", operator=">", threshold=10_000)
program = make_program("{slug}", rule={{"all": [rule]}}, notice_days=14, capacity={seats})
for number in range(40):
    make_person(
        f"{handle}_{{number}}",
        follower_count=150 if number % 3 == 0 else 95 if number % 3 == 1 else 2,
        region="DE" if number % 2 else "FR",
        joined_at=now() - dt.timedelta(days=20 * number),
    )
make_person("{handle}_in", follower_count=20_000)
reconcile_everybody(program_id=program.pk, now=now())
"""
ONE_IS_IN = """
from meadow.programs.models import Membership
print(Membership.objects.filter(program__slug="{slug}", state="admitted").count())
"""


def number_of(page: Page, figure: str) -> int:
    """Return a headline figure of a dry run."""
    return int(page.locator(f"[data-figure={figure}]").get_attribute("data-value") or "")


def test_an_operator_drafts_dry_runs_and_schedules_a_rule(
    browser: Browser, live_stack: LiveStack
) -> None:
    slug = f"p-{new_handle()}"
    with visit(browser, live_stack.base_url, viewport=DESKTOP) as visitor:
        handle = sign_up(visitor)
        live_stack.manage(
            "manage", "shell", "-c", CROWD.format(handle=handle, slug=slug, seats=500)
        )
        page = visitor.open(f"/operator/programs/{slug}/rules")
        page.get_by_role("button", name="New draft from it").click()
        page.wait_for_url("**/rules/2")

        # A number that is none is said beside its field, and nothing is kept.
        page.locator("[id='r-0-threshold']").fill("a hundred")
        page.get_by_role("button", name="Keep it and dry run").click()
        expect(page.locator("[id='r-0-threshold-error']")).to_have_text("Give a whole number.")
        # A refused form is told by the browser as an error of its own.
        assert all("422" in fault for fault in visitor.faults)
        visitor.faults.clear()
        page.locator("[id='r-0-threshold']").fill("100")
        page.get_by_role("button", name="Keep it and dry run").click()

        page.wait_for_url("**/rules/2/dry-run")
        expect(page.locator("#asked-title")).to_have_text("More than 100 followers")
        expect(page.locator("#chart-region canvas")).to_be_visible()
        expect(page.locator("[data-chart=bars] canvas")).to_have_count(4)
        entering = number_of(page, "seated")
        assert entering >= 14
        assert number_of(page, "dropped") == 0
        assert number_of(page, "near") >= 13
        # The table behind a chart is the same numbers.
        page.locator("#chart-region-table summary").click()
        cells = page.locator("#chart-region tbody tr td:nth-child(2)").evaluate_all(
            "cells => cells.map(cell => Number(cell.dataset.value))"
        )
        assert sum(cells) == entering
        with page.expect_download() as download:
            page.get_by_role("link", name="The whole list Who comes in").click()
        assert len(download.value.path().read_text().splitlines()) == entering + 1

        page.get_by_role("link", name="Schedule", exact=True).click()
        expect(page.locator("main")).to_contain_text("Nobody who is in would lose their place")
        page.get_by_role("button", name="Schedule it").click()
        page.wait_for_url(re.compile(r"/rules$"))
        expect(page.locator("article").first).to_contain_text("Scheduled")
        page.wait_for_load_state("networkidle")


def test_the_kill_switch_asks_first_and_works_on_a_phone(
    browser: Browser, live_stack: LiveStack
) -> None:
    slug = f"p-{new_handle()}"
    with visit(browser, live_stack.base_url, viewport=PHONE, java_script_enabled=False) as visitor:
        handle = sign_up(visitor)
        live_stack.manage("manage", "shell", "-c", CROWD.format(handle=handle, slug=slug, seats=1))
        assert (
            live_stack.manage("manage", "shell", "-c", ONE_IS_IN.format(slug=slug)).split()[-1]
            == "1"
        )
        page = visitor.open(f"/operator/programs/{slug}")

        page.get_by_role("link", name="Switch off").click()
        expect(page.locator("main")).to_contain_text("1 person who is in cannot use it")
        page.locator("textarea[name=note]").fill("A leak in the greenhouse.")
        page.get_by_role("button", name="Switch it off").click()

        expect(page.locator("main")).to_contain_text("Switched off")
        expect(page.locator("main")).to_contain_text("A leak in the greenhouse.")
        assert (
            live_stack.manage("manage", "shell", "-c", ONE_IS_IN.format(slug=slug)).split()[-1]
            == "1"
        )
