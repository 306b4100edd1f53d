"""The feed part of the API: the same walls as the pages, with the same cursors."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.limits import check_rate
from meadow.feed import queries, services
from meadow.feed.queries import FOR_ALL, standing_of
from meadow.feed.reading import FeedPage, forget_passed, read_follow, read_hot, read_nearby
from meadow.feed.sealing import seal_page
from meadow.feed.slots import slot_reader
from meadow.notes.queries import get_checked_cards
from meadow.notes.records import NoteCard
from meadow.notes.schemas import CardOut, describe_card
from meadow.promotion.label import sponsored_label
from meadow.promotion.queries.places import PaidPlace

router = Router(tags=["feed"])
CHOICES_RATE = "60/minute"


class SponsoredOut(Schema):
    """That somebody paid for a card's place: always show `label` on it; `why` is a page that says more.

    Lead to the note by `url`: what is read there was paid for, and is labelled too.
    """

    label: str
    why: str
    url: str


class FeedCard(Schema):
    """A note at its place; send `token` to POST /e when the card has been seen.

    Send each of `also` with it, as an impression of its own: it stands for a promoted note that would have
    been shown here, and by lot is not, so that what promotion adds can be measured. `sponsored` is null for
    a card that nobody paid for.
    """

    note: CardOut
    slot: int
    is_liked: bool
    token: str
    sponsored: SponsoredOut | None = None
    also: list[str] = []


class FeedCardPage(Schema):
    """One page of a feed; `next_cursor` is null at its end.

    `all_seen` says of an empty page that there are notes, all of which you were shown.
    """

    items: list[FeedCard]
    next_cursor: str | None
    all_seen: bool = False


class PartOut(Schema):
    """One input of a score: its value times its weight is what it adds."""

    code: str
    value: float
    weight: float
    points: float


class PaidPlaceOut(Schema):
    """Who paid for a card's place (`buyer` null: their account is gone), and why it was shown to you.

    `for_everyone`: nothing about you chose whom it is for; otherwise `because` says in words what did, empty
    where that is not known any more. `by_topics`: how well the note's topics go together with what you read
    and liked counted when it was chosen. At most one card in `one_in` that you are shown is sponsored.
    """

    buyer: str | None
    is_own: bool
    goal: str
    for_everyone: bool
    because: str
    by_topics: bool
    one_in: int


class WhyOut(Schema):
    """Why a card was shown; `kept` is false once the ranking it came from is gone.

    `way` is ranked, explored, own, followed, near or paid; then `paid` says by whom. `place` counts from
    1 in the ranking. Of an `own` card the parts add up to `score`; of a `ranked` one to `engagement`, which
    `rate` sets against how often it was shown.
    """

    note: CardOut
    way: str
    surface: str
    slot: int
    shown_at: dt.datetime
    is_personal: bool
    sources: list[str]
    because_note: CardOut | None
    because_topic: str
    kept: bool
    place: int | None
    parts: list[PartOut]
    engagement: float
    impressions: float | None
    rate: float
    community_rate: float
    age_hours: float
    score: float
    rule_version: int | None
    ranked_at: dt.datetime | None
    paid: PaidPlaceOut | None = None


class FeedChoiceOut(Schema):
    """Whether Hot is put together for you: `personal` is null until you choose."""

    personal: bool | None
    is_ready: bool
    may_choose: bool
    hidden_notes: list[CardOut]
    hidden_authors: list[str]
    less_topics: list[str]


class FeedChoiceIn(Schema):
    """What you choose."""

    personal: bool


@router.get("/feed/hot", response=FeedCardPage, summary="Read Hot", **open_to_all("notes:read"))
def list_hot(request: HttpRequest, cursor: str = "") -> FeedCardPage:
    """Return what the community likes most just now; no note comes twice while you follow cursors.

    A cursor lasts two hours, then it is answered 410 `feed.wall_expired`: start again without one.
    """
    person: Any = request.user
    standing = standing_of(person) if person.is_authenticated else FOR_ALL
    page = read_hot(
        viewer_id=person.pk,
        cursor=cursor,
        now=now(),
        personal=max(standing or 0, 0),
        reader=slot_reader(request),
    )
    return _describe(page, surface="hot")


@router.delete(
    "/feed/hot/seen", response={204: None}, summary="Start Hot over", **scoped("profile:write")
)
def start_hot_over(request: HttpRequest) -> Status[None]:
    """Let Hot show again what you were shown; signed in, it repeats nothing for two hours otherwise."""
    person_id = _counted(request)
    services.start_over(person_id=person_id)
    forget_passed(viewer_id=person_id)
    return Status(204, None)


@router.get("/feed/follow", response=FeedCardPage, summary="Read Follow", **scoped("notes:read"))
def list_follow(request: HttpRequest, cursor: str = "") -> FeedCardPage:
    """Return the notes of people you follow, newest first."""
    person = require_person(request.user)
    return _describe(read_follow(viewer_id=person.pk, cursor=cursor), surface="follow")


@router.get("/feed/nearby", response=FeedCardPage, summary="Read Nearby", **scoped("notes:read"))
def list_nearby(request: HttpRequest, cursor: str = "") -> FeedCardPage:
    """Return notes under topics near those you read; empty without a feed of your own."""
    person = require_person(request.user)
    page = read_nearby(
        viewer_id=person.pk, personal=max(standing_of(person) or 0, 0), cursor=cursor, now=now()
    )
    return _describe(page, surface="nearby")


@router.get(
    "/feed/why", response=WhyOut, summary="Ask why a card is shown", **open_to_all("notes:read")
)
def ask_why(request: HttpRequest, token: Annotated[str, Query(max_length=200)]) -> WhyOut:
    """Return what put a card where you saw it: `token` is the card's own, good for a day.

    Of a personal card only the person it was shown to learns the figures.
    """
    found = queries.explain(token=token, viewer_id=request.user.pk, now=now())
    said = {name: getattr(found, name) for name in _SAID}
    return WhyOut(
        **said,
        note=describe_card(found.note),
        is_personal=found.is_personal,
        because_note=describe_card(found.like_note) if found.like_note else None,
        because_topic=found.by_topic,
        parts=[PartOut(**asdict(part)) for part in found.parts],
        paid=_paid(found.paid) if found.paid is not None else None,
    )


@router.get(
    "/feed/choices", response=FeedChoiceOut, summary="Read your choices", **scoped("profile:read")
)
def get_choices(request: HttpRequest) -> FeedChoiceOut:
    """Return whether Hot is put together for you, and what you hid (the last 200 of each)."""
    return _choices(require_person(request.user).pk)


@router.put(
    "/feed/choices", response=FeedChoiceOut, summary="Choose your feed", **scoped("profile:write")
)
def choose(request: HttpRequest, choice: FeedChoiceIn) -> FeedChoiceOut:
    """Have Hot put together for you from what you read, or shown as everybody has it."""
    person_id = _counted(request)
    services.choose_feed(person_id=person_id, personal=choice.personal, now=now())
    return _choices(person_id)


@router.put(
    "/feed/hidden/notes/{note_id}",
    response={204: None},
    summary="Hide a note",
    **scoped("profile:write"),
)
def hide_note(request: HttpRequest, note_id: str) -> Status[None]:
    """Be shown a note no more, on any wall."""
    services.hide_note(person_id=_counted(request), public_id=note_id, now=now())
    return Status(204, None)


@router.delete(
    "/feed/hidden/notes/{note_id}",
    response={204: None},
    summary="Show a note again",
    **scoped("profile:write"),
)
def show_note(request: HttpRequest, note_id: str) -> Status[None]:
    """Take hiding a note back."""
    services.show_note(person_id=_counted(request), public_id=note_id)
    return Status(204, None)


@router.put(
    "/feed/hidden/authors/{handle}",
    response={204: None},
    summary="Hide an author",
    **scoped("profile:write"),
)
def hide_author(request: HttpRequest, handle: str) -> Status[None]:
    """Be shown somebody's notes no more in Hot and Nearby; they are not told."""
    services.hide_author(person_id=_counted(request), handle=handle, now=now())
    return Status(204, None)


@router.delete(
    "/feed/hidden/authors/{handle}",
    response={204: None},
    summary="Show an author again",
    **scoped("profile:write"),
)
def show_author(request: HttpRequest, handle: str) -> Status[None]:
    """Take hiding an author back."""
    services.show_author(person_id=_counted(request), handle=handle)
    return Status(204, None)


@router.put(
    "/feed/hidden/topics/{topic}",
    response={204: None},
    summary="Hide a topic",
    **scoped("profile:write"),
)
def want_less(request: HttpRequest, topic: str) -> Status[None]:
    """Be shown a topic no more in Hot and Nearby."""
    services.want_less(person_id=_counted(request), topic=topic, now=now())
    return Status(204, None)


@router.delete(
    "/feed/hidden/topics/{topic}",
    response={204: None},
    summary="Show a topic again",
    **scoped("profile:write"),
)
def want_more(request: HttpRequest, topic: str) -> Status[None]:
    """Take hiding a topic back."""
    services.want_more(person_id=_counted(request), topic=topic)
    return Status(204, None)


_SAID = (
    *("way", "surface", "slot", "shown_at", "sources", "kept", "place", "engagement"),
    *("impressions", "rate", "community_rate", "age_hours", "score", "rule_version", "ranked_at"),
)


def _paid(place: PaidPlace) -> PaidPlaceOut:
    return PaidPlaceOut(
        buyer=place.buyer.handle if place.buyer is not None else None,
        is_own=place.is_own,
        goal=place.goal,
        for_everyone=place.for_everyone,
        because=place.because,
        by_topics=place.by_topics,
        one_in=place.one_in,
    )


def _counted(request: HttpRequest) -> int:
    """Return the id of whoever changes their feed, counted against how often one may."""
    person = require_person(request.user)
    check_rate(name="feed.choices", rate=CHOICES_RATE, subject=f"person:{person.pk}", now=now())
    return person.pk


def _choices(person_id: int) -> FeedChoiceOut:
    standing = queries.get_standing(person_id=person_id, now=now())
    hidden = queries.list_hidden(person_id=person_id)
    return FeedChoiceOut(
        personal=standing.personal,
        is_ready=bool(standing.list_id),
        may_choose=standing.may_choose,
        hidden_notes=[describe_card(card) for card in hidden.notes],
        hidden_authors=[card.handle for card in hidden.authors],
        less_topics=hidden.topics,
    )


def _describe(page: FeedPage, *, surface: str) -> FeedCardPage:
    return FeedCardPage(
        items=_cards(page, surface=surface),
        next_cursor=page.next_cursor or None,
        all_seen=page.all_seen,
    )


def _cards(page: FeedPage, *, surface: str) -> list[FeedCard]:
    placed = page.cards
    asked = [one.card.note_id for one in placed if one.card.note_id not in page.whole]
    cards = page.whole | {card.id: card for card in get_checked_cards(asked)}
    sealed = seal_page(page, surface=surface, now=now())
    found = []
    for number, (one, token) in enumerate(zip(placed, sealed.tokens, strict=True)):
        card = cards.get(one.card.note_id)
        if card is None:  # deleted between the two reads of this page
            continue
        here = number == sealed.place
        shown = FeedCard(
            note=describe_card(replace(card, like_count=one.card.like_count)),
            slot=one.slot,
            is_liked=one.card.liked,
            token=token.decode(),
            sponsored=_sponsored(card, token.decode()) if here and sealed.is_paid else None,
            also=list(sealed.also) if here else [],
        )
        found.append(shown)
    return found


def _sponsored(card: NoteCard, token: str) -> SponsoredOut:
    return SponsoredOut(
        label=sponsored_label(), why=f"/why/{token}", url=f"/n/{card.public_id}?via={token}"
    )
