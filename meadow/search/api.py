"""The search part of the API: the same results as the page, with the same cursors."""

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.limits import caller, check_rate
from meadow.notes.schemas import AuthorOut, CardOut, describe_author, describe_card
from meadow.search.asking import LONGEST_QUESTION, check_filters, clean_question
from meadow.search.queries.names import find_mentionable, find_people, find_topics
from meadow.search.queries.suggestions import keeps_recent, list_recent, suggest
from meadow.search.results import make_results
from meadow.search.searching import SEARCH_RATE, SUGGEST_RATE, note_down, search_notes
from meadow.search.services import habits

router = Router(tags=["search"])
Text = Annotated[str, Query(min_length=1, max_length=LONGEST_QUESTION)]
Typed = Annotated[str, Query(max_length=LONGEST_QUESTION)]


class ResultOut(Schema):
    """A note that was found; `title_html` and `excerpt_html` are escaped, with the words in <mark>.

    Send `token` to POST /e when the card has been seen.
    """

    note: CardOut
    slot: int
    is_liked: bool
    token: str
    title_html: str
    excerpt_html: str


class ResultPage(Schema):
    """A page of results. `total` counts the best that were ranked: at most 400.

    `searched_for` is what was looked for; `mended` says that it is another spelling than yours, since
    yours found nothing, `loose` that no note has all the words. `did_you_mean` is a spelling that finds more.
    """

    items: list[ResultOut]
    next_cursor: str | None
    total: int
    searched_for: str
    mended: bool
    loose: bool
    did_you_mean: str | None


class TopicFound(Schema):
    """A topic and how many notes stand under it."""

    slug: str
    name: str
    note_count: int


class SuggestionOut(Schema):
    """Something to search for (`word`, `recent`, `popular`, `rising`) or to go to (`topic`, `person`)."""

    kind: Literal["recent", "rising", "popular", "word", "topic", "person"]
    text: str
    url: str
    detail: str


class RecentOut(Schema):
    """What you looked for last, newest first, and whether it is kept."""

    keeps: bool
    items: list[str]


class KeepIn(Schema):
    """Whether searches are to be kept; false forgets those that were."""

    keep: bool


@router.get(
    "/search/notes", response=ResultPage, summary="Search notes", **open_to_all("notes:read")
)
def notes(
    request: HttpRequest,
    q: Text,
    time: Literal["", "any", "day", "week", "month", "year"] = "",
    topic: Typed = "",
    sort: Literal["", "best", "newest"] = "",
    kind: Literal["", "any", "photo", "video"] = "",
    exactly: bool = False,
    cursor: str = "",
) -> ResultPage:
    """Return notes for a question; no note comes twice while you follow cursors.

    Found by all words, else by the words that were probably meant, else by any. `exactly` keeps to
    your spelling, and so does a phrase in quotes, which has to stand in the title or the words as it is.
    Simplified and traditional characters find each other. Only notes that everybody may see are found.
    """
    at, text = now(), clean_question(q)
    check_rate(name="search", rate=SEARCH_RATE, subject=caller(request), now=at)
    filters = check_filters(time=time, topic=topic, sort=sort, kind=kind)
    viewer_id = request.user.pk
    found = search_notes(
        text, filters=filters, viewer_id=viewer_id, now=at, cursor=cursor, exactly=exactly
    )
    if text and not cursor:
        note_down(request, text=text, found=found.notes.total, now=at)
    return ResultPage(
        items=[
            ResultOut(
                note=describe_card(one.card),
                slot=one.slot,
                is_liked=one.liked,
                token=one.token,
                title_html=one.title_html,
                excerpt_html=one.excerpt,
            )
            for one in make_results(found, viewer_id=viewer_id, now=at)
        ],
        next_cursor=found.notes.next_cursor or None,
        total=found.notes.total,
        searched_for=found.shown_for,
        mended=found.is_mended,
        loose=found.is_loose,
        did_you_mean=found.offered or None,
    )


@router.get(
    "/search/people", response=list[AuthorOut], summary="Search people", **open_to_all("notes:read")
)
def people(request: HttpRequest, q: Text) -> list[AuthorOut]:
    """Return the people whom a text names, the exact handle first, then the most followed: at most 60."""
    check_rate(name="search", rate=SEARCH_RATE, subject=caller(request), now=now())
    found = find_people(text=clean_question(q), viewer_id=request.user.pk)
    return [describe_author(person) for person in found]


@router.get(
    "/search/topics",
    response=list[TopicFound],
    summary="Search topics",
    **open_to_all("notes:read"),
)
def topics(request: HttpRequest, q: Text) -> list[TopicFound]:
    """Return the topics that a text names, the exact one first, then the largest: at most 60."""
    check_rate(name="search", rate=SEARCH_RATE, subject=caller(request), now=now())
    return [
        TopicFound(slug=one.slug, name=one.name, note_count=one.note_count)
        for one in find_topics(text=clean_question(q))
    ]


@router.get(
    "/search/suggest",
    response=list[SuggestionOut],
    summary="Suggest searches",
    **open_to_all("notes:read"),
)
def suggestions(request: HttpRequest, q: Typed = "") -> list[SuggestionOut]:
    """Return what somebody who typed `q` so far may mean; for nothing typed, recent and popular."""
    check_rate(name="search.suggest", rate=SUGGEST_RATE, subject=caller(request), now=now())
    offered = suggest(text=clean_question(q), viewer_id=request.user.pk)
    return [
        SuggestionOut(kind=one.kind, text=one.text, url=one.url, detail=one.detail)
        for one in offered
    ]


@router.get(
    "/search/mentions", response=list[AuthorOut], summary="Offer mentions", **scoped("notes:read")
)
def mentions(request: HttpRequest, q: Text) -> list[AuthorOut]:
    """Return whom you may mean having typed `@q` in a note or comment: at most 6.

    From two letters on: the exact handle first, then whom you follow, then the most followed. People between
    whom and you a block stands, and people who are hidden, are never among them.
    """
    person = require_person(request.user)
    check_rate(name="search.mentions", rate=SUGGEST_RATE, subject=caller(request), now=now())
    found = find_mentionable(text=clean_question(q), writer_id=person.pk)
    return [describe_author(one) for one in found]


@router.get(
    "/search/recent", response=RecentOut, summary="Read own searches", **scoped("profile:read")
)
def recent(request: HttpRequest) -> RecentOut:
    """Return what you looked for last. Nobody else sees it."""
    person = require_person(request.user)
    return RecentOut(
        keeps=keeps_recent(person_id=person.pk),
        items=[one.text for one in list_recent(person_id=person.pk)],
    )


@router.delete(
    "/search/recent", response={204: None}, summary="Forget own searches", **scoped("profile:write")
)
def forget(request: HttpRequest, text: Typed = "") -> Status[None]:
    """Forget one search, or all of them when `text` is left out."""
    person = require_person(request.user)
    if text:
        habits.forget_search(person_id=person.pk, text=text)
    else:
        habits.forget_searches(person_id=person.pk)
    return Status(204, None)


@router.put(
    "/search/recent", response=RecentOut, summary="Keep own searches", **scoped("profile:write")
)
def keep(request: HttpRequest, body: KeepIn) -> RecentOut:
    """Choose whether your searches are kept; false also forgets those that were."""
    person = require_person(request.user)
    habits.choose_keeping(person_id=person.pk, keep=body.keep)
    return recent(request)
