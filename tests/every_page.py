"""Every page there is, with something on it, and what axe finds on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser

from meadow.runtime.testing import LiveStack
from tests.axe import Look, inspect, rules_in
from tests.browser import FIXTURES, expect, publish_note, sign_up_creator, visit

SIGNED_OUT = (
    "/",
    "{note}",
    "/@{handle}",
    "/@{handle}/followers",
    "/embed{note}",
    "/topics",
    "/t/harbour",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-no-key/",
    "/accounts/confirm-email/",
    "/accounts/inactive/",
    "/search",
    "/search?q=quiet",
    "/search?q=a&tab=people",
    "/api/docs",
    "/decisions/verify",
    "/decisions/appeals",
    "/programs",
    "/programs/creator-center",
    "/programs/live",
    "/no-such-page",
)
SIGNED_IN = (
    "/",
    "/follow",
    "/nearby",
    "/search",
    "/search?q=quiet&time=week",
    "/search?q=e&tab=topics",
    "/topics",
    "/t/harbour",
    "/new",
    "{note}",
    "{note}/edit",
    "{note}/delete",
    "{note}/comments",
    "/@{handle}",
    "/@{handle}/saved",
    "/@{handle}/boards",
    "/me/boards/new",
    "{note}/boards",
    "{board}",
    "{board}/edit",
    "{board}/arrange",
    "{board}/delete",
    "/me/drafts",
    "/me/deleted",
    "/studio",
    "/studio/notes",
    "/studio/notes/{note_id}",
    "/studio/followers",
    "/studio/facts?metric=reads_raw",
    "/me/verdicts",
    "/notifications",
    "/notifications?unread=1",
    "/settings/notifications",
    "/settings/record",
    "/settings/reports",
    "/report/person/{somebody}",
    "/settings/comments",
    "/wallet",
    "/wallet?unit=USD&amount=5.00",
    "/wallet/limits",
    "/wallet/payouts",
    "/wallet/payouts/accounts/new",
    "/promote",
    "/promote/new?note={note_id}",
    "/promote/{reach_order}",
    "/promote/{reach_order}/edit",
    "/promote/{reach_order}/cancel",
    "/promote/{reach_order}/report",
    "/promote/{reach_order}/lift",
    "/promotion/about",
    "/wallet/charges",
    "/wallet/charges/{charge}",
    "/wallet/statements",
    "/wallet/statements/{month}",
    "/wallet/booked/{moved}",
    "/decisions",
    "/decisions/{explained}",
    "/decisions/{open_to_appeal}",
    "/programs",
    "/programs/creator-center",
    "/programs/creator-center/me?forecast=1",
    "/programs/creator-center/what-if?followers=300",
    "/programs/{orchard}/me",
    "/programs/{orchard}/apply",
    "/programs/{orchard}/leave",
    "/settings/profile",
    "/settings/appearance",
    "/settings/tokens",
    "/settings/blocked",
    "/settings/feed",
    "/settings/promoted",
    "/promote/audiences",
    "/promote/audiences/new",
    "/promote/audiences/{audience}",
    "/promote/lists/new",
    "/settings/privacy",
    "/settings/privacy/forget",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/api/docs",
)
# The pages about what was not counted, the record and the bell are to be seen with something on them.
ACCUSE = """
from meadow.accounts.queries import get_person_by_handle, get_pseudonym
from meadow.core.clock import now
from meadow.integrity.services import open_violation
from meadow.integrity.testing import make_case, make_violation
from meadow.notifications.services import mark_all_read
from meadow.notifications.testing import make_notification
pseudonym = get_pseudonym(get_person_by_handle("{handle}").id)
make_case(pseudonym)
make_case(pseudonym, detector="impossible_rate")
author_id = get_person_by_handle("{handle}").id
make_violation(author_id, closed="mistaken")
make_notification(author_id, kind="gone.forever")
mark_all_read(person_id=author_id, now=now())
told = {{"rule": "spam", "words": "The same words under forty notes.", "subject": "nAbc"}}
open_violation(person_id=author_id, moderator_id=0, now=now(), **told)
from meadow.accounts.testing import make_person
member = make_person("on_record")
print("ids", make_violation(member.pk).public_id, member.handle)
"""


# Decisions with values and reasons, one that can be appealed against, appeals to be answered, and charges.
DECIDE = """
from meadow.accounts.models import Person
from meadow.core.clock import now
from meadow.decisions.testing import DAY, make_appeal, make_decision
from meadow.accounts.testing import make_person
author = Person.objects.get(handle="{handle}")
door = {{"scope": "programs/creator-center", "reasons": [], "appeal_until": now() + DAY}}
late = {{**door, "appeal_until": now() - 20 * DAY}}
explained, open_to_appeal = make_decision(author), make_decision(author, **door)
waits = make_appeal(make_decision(make_person(), **door), now=now())
make_appeal(make_decision(make_person(), **late), now=now() - 30 * DAY)
from meadow.charges.testing import make_charges
asked = make_charges(author.pk, make_person().pk, now=now())
print("ids", explained.public_id, open_to_appeal.public_id, waits.public_id, *asked.values())
"""
# Something that the author reported, and a word that is blocked.
REPORT = """
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.integrity.testing import make_inquiry, make_word
from meadow.notes.testing import make_note
author = Person.objects.get(handle="{handle}")
somebody = make_person("sells_honey")
note = make_note(somebody.pk, title="Honey at half price", photos=0)
inquiry = make_inquiry(note.public_id, reporter_id=author.pk)
from meadow.core.clock import now
from meadow.promotion.testing import make_figures, make_order
make_figures(buyer=somebody, note_id=note.pk, now=now())
order = make_order(buyer=somebody, note_id=note.pk, now=now(), budget=60_000)
word = make_word(operator_id=author.pk)
print("ids", inquiry, word, somebody.public_id, order.public_id)
"""
# A board with the author's note on it, an order of reach for it with an audience to choose, and an income
# of theirs with a fee and a tax.
GATHER = """
from meadow.core.clock import now
from meadow.ledger.testing import wallet
from meadow.notes.models import Note
from meadow.notes.testing import make_board
note = Note.objects.get(public_id="{note_id}")
from meadow.statements.months import month_of
from meadow.statements.testing import earn
book = wallet(str(note.author_id), now=now())
moved = earn(book, gross=12_000, fee=1_800, tax=700, now=now())
from meadow.programs.testing import admit
from meadow.promotion.testing import make_audience, make_held_order
admit(note.author_id, "promotion", now=now())
reach = (
    make_held_order(note.author, note_id=note.pk, now=now()).public_id,
    make_audience(note.author)["audience"],
)
board = make_board(note.author_id, note).public_id
print("board", board, moved.public_id, month_of(now()).name, *reach)
"""
# A program that takes the author's application.
PLANT = """
from meadow.core.clock import now
from meadow.programs.models import Program
from meadow.programs.testing import make_orchard
print("slug", (Program.objects.filter(slug="orchard").first() or make_orchard(now())).slug)
"""
# Where those who keep order work; the author becomes one of them for these.
KEEPERS = (
    "/operator/appeals",
    "/operator/appeals/{appeal}",
    "/operator/appeals?state=answered",
    "/operator/appeals?state=withdrawn",
    "/operator/reports",
    "/operator/reports?state=decided",
    "/operator/reports?kind=person",
    "/operator/reports/{inquiry}",
    "/operator/reports/figures",
    "/operator/reports/weights",
    "/operator/comments/weights",
    "/wallet/limits?unit=USD",
    "/operator/charges",
    "/operator/charges/{taken}",
    "/operator/finance",
    "/operator/finance/trial-balance",
    "/operator/finance/pending",
    "/operator/finance/stuck",
    "/operator/finance/checks",
    "/operator/finance/limits",
    "/operator/payments",
    "/operator/payments/differences",
    "/operator/promotion",
    "/operator/promotion?which=answered",
    "/operator/promotion/orders/{waiting_order}",
    "/operator/promotion/inventory",
    "/operator/promotion/pacing",
    "/operator/promotion/predictions",
    "/operator/promotion/rules",
    "/operator/promotion/coupons",
    "/operator/promotion/switch",
    "/operator/payouts",
    "/operator/payouts/accounts",
    "/operator/payouts/accounts/{asked_account}",
    "/operator/payouts/batches",
    "/operator/payouts/batches/{pay_batch}",
    "/operator/payouts/rules",
    "/operator/payouts/tax",
    "/operator/payouts/{outgoing}",
    "/operator/finance/proposals?which=all",
    "/operator/finance/proposals/new",
    "/operator/finance/proposals/{handmade}",
    "/operator/finance/accounts",
    "/operator/finance/accounts/{account}",
    "/operator/finance/transfers/{transfer}",
    "/operator/statements/{account}",
    "/operator/statements/{account}/{month}",
    "/operator/words",
    "/operator/words/new",
    "/operator/words/{word}",
    "/operator/words/changes",
    "/operator/violations",
    "/operator/violations?state=all",
    "/operator/violations/{violation}",
    "/operator/people/{member}/violations",
    "/operator/applications",
    "/operator/applications/{application}",
    "/operator/programs",
    "/operator/programs/{bench}",
    "/operator/programs/{bench}/rules",
    "/operator/programs/{bench}/rules/2",
    "/operator/programs/{bench}/rules/retire",
    "/operator/programs/{bench}/rules/2/dry-run",
    "/operator/programs/{bench}/rules/2/schedule",
    "/operator/programs/{bench}/compare?a=1&b=2",
    "/operator/programs/{bench}/settings",
    "/operator/programs/{bench}/questions",
    "/operator/programs/{bench}/pilot",
    "/operator/programs/{bench}/switch/kill",
    "/operator/programs/{bench}/people",
    "/operator/programs/{bench}/people/{member}",
    "/operator/programs/{bench}/invitations",
    "/operator/programs/{bench}/cohort",
)
# A program to operate, with a draft, an application and an invitation.
OPERATE = """
from meadow.accounts.testing import make_person
from meadow.core.clock import now
from meadow.programs.testing import make_vineyard
applicant, guest = make_person("would_come"), make_person("asked_in")
from meadow.ledger.testing import make_books
books = make_books(str(applicant.pk), now=now())
made = make_vineyard(applicant_id=applicant.pk, guest_id=guest.pk, now=now())["application"]
from meadow.finance.testing import make_operator, make_proposal
handmade = make_proposal(make_operator("keeper").pk, taker="@would_come", now=now()).public_id
from meadow.payouts.testing import make_payouts
out = make_payouts(guest.pk, now=now())
leaving = (out["asked_account"], out["pay_batch"], out["outgoing"])
print("bench", made, books["account"], books["transfer"], handmade, *leaving)
"""
PROMOTE = """
from meadow.accounts.models import Person
Person.objects.filter(handle="{handle}").update(role="{role}")
"""


def make_author(browser: Browser, live_stack: LiveStack) -> dict[str, str]:
    """A person with a note, a comment under it and a kept sign-in."""
    with visit(browser, live_stack.base_url) as visitor:
        handle = sign_up_creator(visitor, live_stack)
        note = publish_note(
            visitor,
            title="Morning at the harbour",
            body="Fog, ropes, gulls. #harbour @nobody",
            photo=FIXTURES / "camera-gps.jpg",
        )
        visitor.page.locator("#comment-form textarea").fill("First light is worth getting up for.")
        visitor.page.locator("#comment-form button[type=submit]").click()
        expect(visitor.page.locator("#comment-list")).to_contain_text("First light")
        state = visitor.context.storage_state()
    said = live_stack.manage("manage", "shell", "-c", ACCUSE.format(handle=handle))
    violation, member = said.split("ids ")[1].split()
    said = live_stack.manage("manage", "shell", "-c", DECIDE.format(handle=handle))
    names = said.split("ids ")[1].split()
    found = dict(
        zip(("explained", "open_to_appeal", "appeal", "charge", "taken"), names, strict=True)
    )
    found |= {"violation": violation, "member": member}
    said = live_stack.manage("manage", "shell", "-c", REPORT.format(handle=handle))
    names = said.split("ids ")[1].split()
    found |= dict(zip(("inquiry", "word", "somebody", "waiting_order"), names, strict=True))
    found["orchard"] = live_stack.manage("manage", "shell", "-c", PLANT).split("slug ")[1].strip()
    note_id = note.removeprefix("/n/")
    said = live_stack.manage("manage", "shell", "-c", GATHER.format(note_id=note_id))
    names = said.split("board ")[1].split()
    found |= dict(zip(("board", "moved", "month", "reach_order", "audience"), names, strict=True))
    found["board"] = f"/b/{found['board']}"
    return {"handle": handle, "note": note, "note_id": note_id, "state": state, **found}  # type: ignore[dict-item]


@contextmanager
def keep_order(live_stack: LiveStack, author: dict[str, str]) -> Iterator[dict[str, str]]:
    """Let the author keep order meanwhile."""
    live_stack.manage("manage", "shell", "-c", PROMOTE.format(role="operator", **author))
    said = live_stack.manage("manage", "shell", "-c", OPERATE)
    names = dict(
        zip(
            (
                *("application", "account", "transfer", "handmade"),
                *("asked_account", "pay_batch", "outgoing"),
            ),
            said.split("bench ")[1].split(),
            strict=True,
        )
    )
    yield {**author, "bench": "vineyard", **names}
    live_stack.manage("manage", "shell", "-c", PROMOTE.format(role="member", **author))


def inspect_pages(
    browser: Browser,
    live_stack: LiveStack,
    author: dict[str, str],
    *,
    language: str,
    looks: Sequence[Look],
) -> tuple[list[str], list[str]]:
    """Return what axe finds on the pages for everybody and for an author, and which are too wide."""
    found: list[str] = []
    too_wide: list[str] = []
    for paths, state in ((SIGNED_OUT, None), (SIGNED_IN, author["state"])):
        with visit(browser, live_stack.base_url, storage_state=state, locale=language) as visitor:
            ours = [path.format(**author) for path in paths]
            # Repetitions are the same in every language and to everybody: they are measured once.
            whole = state is None and language == "en-US"
            seen = inspect(visitor, ours, looks, whole=whole, rules=rules_in(language))
            for here, more in zip((found, too_wide), seen, strict=True):
                here += more
            # A page that is not there is an error in the console, and here it is meant to be.
            visitor.faults[:] = [fault for fault in visitor.faults if "404" not in fault]
    return found, too_wide


def inspect_kept_pages(
    browser: Browser,
    live_stack: LiveStack,
    author: dict[str, str],
    *,
    language: str,
    looks: Sequence[Look],
) -> tuple[list[str], list[str]]:
    """Return what axe finds on the pages of those who keep order, and which are too wide."""
    state = author["state"]
    with (
        keep_order(live_stack, author) as keeper,
        visit(browser, live_stack.base_url, storage_state=state, locale=language) as visitor,
    ):
        ours = [path.format(**keeper) for path in KEEPERS]
        return inspect(visitor, ours, looks, rules=rules_in(language))
