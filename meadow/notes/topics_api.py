"""The topics part of the API."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.notes import queries, services
from meadow.notes.records import TopicCard
from meadow.notes.schemas import CardPage, describe_card_page

router = Router(tags=["topics"])


class TopicRow(Schema):
    """A topic in a list; `slug` is the word as addresses have it."""

    slug: str
    name: str
    note_count: int


class TopicOut(Schema):
    """A topic with those that often stand beside it."""

    slug: str
    name: str
    note_count: int
    is_followed: bool
    related: list[TopicRow]


@router.get("/topics", response=list[TopicRow], summary="List topics", **open_to_all("notes:read"))
def list_topics(
    request: HttpRequest, order: Literal["rising", "largest"] = "rising"
) -> list[TopicRow]:
    """Return the topics most people wrote under in the last week, or those with most notes."""
    topics = queries.rising_topics(now=now()) if order == "rising" else queries.largest_topics()
    return [_row(topic) for topic in topics]


@router.get(
    "/topics/followed",
    response=list[TopicRow],
    summary="List followed topics",
    **scoped("notes:read"),
)
def list_followed(request: HttpRequest) -> list[TopicRow]:
    """Return the topics you follow, last followed first."""
    person = require_person(request.user)
    return [_row(topic) for topic in queries.followed_topics(person.pk)]


@router.get(
    "/topics/{slug}", response=TopicOut, summary="Read a topic", **open_to_all("notes:read")
)
def read_topic(request: HttpRequest, slug: str) -> TopicOut:
    """Return a topic; its name is found whatever its case."""
    return _topic(slug, request.user.pk)


@router.get(
    "/topics/{slug}/notes",
    response=CardPage,
    summary="List a topic's notes",
    **open_to_all("notes:read"),
)
def list_notes(
    request: HttpRequest,
    slug: str,
    order: Literal["best", "new"] = "best",
    cursor: str | None = None,
) -> CardPage:
    """Return the notes under a topic, best liked or newest first."""
    topic = queries.get_topic(slug=slug, viewer_id=request.user.pk)
    return describe_card_page(
        queries.notes_under(
            topic_id=topic.card.id, viewer_id=request.user.pk, order=order, cursor=cursor
        )
    )


@router.put(
    "/topics/{slug}/follow", response=TopicOut, summary="Follow a topic", **scoped("social:write")
)
def follow(request: HttpRequest, slug: str) -> TopicOut:
    """Follow a topic; again changes nothing."""
    person = require_person(request.user)
    services.follow_topic(slug=slug, person_id=person.pk, now=now())
    return _topic(slug, person.pk)


@router.delete(
    "/topics/{slug}/follow",
    response=TopicOut,
    summary="Stop following a topic",
    **scoped("social:write"),
)
def unfollow(request: HttpRequest, slug: str) -> TopicOut:
    """Follow a topic no longer; again changes nothing."""
    person = require_person(request.user)
    services.unfollow_topic(slug=slug, person_id=person.pk, now=now())
    return _topic(slug, person.pk)


def _topic(slug: str, viewer_id: int | None) -> TopicOut:
    topic = queries.get_topic(slug=slug, viewer_id=viewer_id)
    return TopicOut(
        slug=topic.card.slug,
        name=topic.card.name,
        note_count=topic.card.note_count,
        is_followed=topic.is_followed,
        related=[_row(one) for one in queries.related_topics(topic_id=topic.card.id)],
    )


def _row(topic: TopicCard) -> TopicRow:
    return TopicRow(slug=topic.slug, name=topic.name, note_count=topic.note_count)
