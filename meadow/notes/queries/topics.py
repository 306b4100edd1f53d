"""Reads of topics: what stands under one, which go with it, which a person follows."""

import datetime as dt
from typing import Any, Final, Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notes.errors import TopicMissing, TopicOrderGone
from meadow.notes.models import Note, NoteTopic, Topic, TopicFollow, TopicOrder
from meadow.notes.queries.access import is_listed, is_seen_by
from meadow.notes.queries.notes import PAGE_LENGTH, get_checked_cards
from meadow.notes.records import NoteCard, TopicCard, TopicView
from meadow.notes.text import topic_slug

Order = Literal["best", "new"]
Place = dict[str, Any]
MOST_RELATED: Final = 8
RISING_DAYS: Final = 7
# As many of the newest notes tell what rises: a day of a busy community, all of a small one's week.
RISING_NOTES: Final = 5_000
# Notes of a topic that are looked through for the topics beside it.
RELATED_NOTES: Final = 1_000

# A word that only stands in notes for followers, or for their author, is nobody else's to know.
_IS_PUBLIC: Final = Exists(NoteTopic.objects.filter(is_listed("note__"), topic_id=OuterRef("pk")))


def get_topic(*, slug: str, viewer_id: int | None) -> TopicView:
    """Return a topic that listed notes stand under, whatever the case of `slug`. Raises TopicMissing."""
    topic = Topic.objects.filter(_IS_PUBLIC, slug=topic_slug(slug)).first()
    if topic is None:
        raise TopicMissing
    followed = (
        viewer_id is not None
        and TopicFollow.objects.filter(topic=topic, person_id=viewer_id).exists()
    )
    return TopicView(card=_card(topic), is_followed=followed)


def notes_under(
    *,
    topic_id: int,
    viewer_id: int | None,
    order: Order,
    cursor: str | None = None,
    length: int = PAGE_LENGTH,
) -> Page[NoteCard]:
    """Return a page of the listed notes under a topic. Raises InvalidCursor.

    `best` puts likes and twice the saves first, `new` the newest. Pages of one reading hold each note that
    stood under the topic all the while once, whatever happens meanwhile: `best` keeps to the order that its
    first page began with (TopicOrder), and what came later stands behind it. Raises TopicOrderGone.
    """
    shown = Note.objects.filter(is_listed(), is_seen_by(viewer_id), topics__topic_id=topic_id)
    place = _read_place(cursor, order) if cursor else {"order": order}
    if order == "new":
        walked = _walk_newest(shown, place, length + 1)
    else:
        walked = _walk_best(topic_id, shown, place, length + 1)
    more = encode_cursor(place | walked[length - 1][1]) if len(walked) > length else None
    return Page(items=get_checked_cards([pk for pk, _ in walked[:length]]), next_cursor=more)


def related_topics(*, topic_id: int, length: int = MOST_RELATED) -> list[TopicCard]:
    """Return the topics that most often stand under the same notes, most often first."""
    beside = (
        NoteTopic.objects.filter(is_listed("note__"), topic_id=topic_id)
        .order_by("-pk")
        .values("note_id")
    )
    pairs = (
        NoteTopic.objects.filter(note_id__in=beside[:RELATED_NOTES])
        .exclude(topic_id=topic_id)
        .values("topic_id")
        .annotate(together=Count("pk"))
        .order_by("-together", "topic_id")[:length]
    )
    return _cards_of([pair["topic_id"] for pair in pairs])


def followed_topics(person_id: int) -> list[TopicCard]:
    """Return the topics a person follows, last followed first."""
    follows = TopicFollow.objects.filter(person_id=person_id).order_by("-pk")
    return [_card(one.topic) for one in follows.select_related("topic")]


def rising_topics(*, now: dt.datetime, length: int = 12) -> list[TopicCard]:
    """Return the topics that most authors wrote under in the last week, most first.

    Authors and not notes are counted, so that nobody makes a topic rise alone.
    """
    since = now - dt.timedelta(days=RISING_DAYS)
    newest = (
        Note.objects.filter(is_listed(), published_at__gte=since, published_at__lte=now)
        .order_by("-published_at", "-pk")
        .values("pk")[:RISING_NOTES]
    )
    rising = (
        NoteTopic.objects.filter(note_id__in=newest)
        .values("topic_id")
        .annotate(authors=Count("note__author_id", distinct=True))
        .order_by("-authors", "topic_id")[:length]
    )
    return _cards_of([one["topic_id"] for one in rising])


def largest_topics(*, length: int = 40) -> list[TopicCard]:
    """Return the topics with most notes, most first."""
    return [
        _card(topic)
        for topic in Topic.objects.filter(_IS_PUBLIC).order_by("-note_count", "pk")[:length]
    ]


def _cards_of(topic_ids: list[int]) -> list[TopicCard]:
    found = Topic.objects.in_bulk(topic_ids)
    return [_card(found[topic_id]) for topic_id in topic_ids if topic_id in found]


def _card(topic: Topic) -> TopicCard:
    return TopicCard(id=topic.pk, slug=topic.slug, name=topic.name, note_count=topic.note_count)


def _walk_newest(shown: QuerySet[Note], place: Place, wanted: int) -> list[tuple[int, Place]]:
    """Return the next ids with the place behind each; the hour of publication never changes."""
    if "pk" in place:
        at, pk = place["at"], place["pk"]
        shown = shown.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    rows = shown.order_by("-published_at", "-pk").values_list("pk", "published_at")[:wanted]
    return [(pk, {"at": at.isoformat(), "pk": pk}) for pk, at in rows if at]


def _walk_best(
    topic_id: int, shown: QuerySet[Note], place: Place, wanted: int
) -> list[tuple[int, Place]]:
    """Return the next ids with the place behind each: the order, then what is not in it, last come first.

    `o` is the order, 0 where none was made yet; `k` how far it is read; `pk` the last row of the rest.
    """
    orders = TopicOrder.objects.filter(topic_id=topic_id)
    made = orders.filter(pk=place["o"]) if "o" in place else orders.order_by("-pk")
    order = made.first() if place.get("o") != 0 else None
    if order is None and place.get("o"):
        raise TopicOrderGone
    number, ids = (order.pk, order.note_ids) if order else (0, [])
    found: list[tuple[int, Place]] = []
    for at in range(place.get("k", 0), len(ids), 3 * wanted):
        # Some may have gone meanwhile, so a few more than are wanted are asked for at a time.
        some = ids[at : at + 3 * wanted]
        there = set(shown.filter(pk__in=some).values_list("pk", flat=True))
        found += [
            (pk, {"o": number, "k": at + step + 1}) for step, pk in enumerate(some) if pk in there
        ]
        if len(found) >= wanted:
            return found[:wanted]
    rest = NoteTopic.objects.filter(topic_id=topic_id, note__in=shown).exclude(note_id__in=ids)
    if "pk" in place:
        rest = rest.filter(pk__lt=place["pk"])
    rows = rest.order_by("-pk").values_list("note_id", "pk")[: wanted - len(found)]
    return found + [(note_id, {"o": number, "k": len(ids), "pk": pk}) for note_id, pk in rows]


def _read_place(cursor: str, order: Order) -> Place:
    place = decode_cursor(cursor)
    try:
        if place["order"] != order:
            raise InvalidCursor
        if order == "new":
            return {"order": order, "at": str(place["at"]), "pk": int(place["pk"])}
        read = {"order": order, "o": int(place["o"]), "k": int(place["k"])}
        return read | ({"pk": int(place["pk"])} if "pk" in place else {})
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other
