"""Reads of comments: best or newest first, their replies in the order they were written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from meadow.accounts import queries as people
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.notes.errors import CommentMissing, CommentOrderGone, NoteMissing
from meadow.notes.models import Comment, CommentLike, CommentOrder
from meadow.notes.queries.access import find_seen, is_seen_by
from meadow.notes.queries.columns import AUTHOR_FIELDS
from meadow.notes.queries.comment_rows import FIELDS, read_comments
from meadow.notes.records import CommentView

Sort = Literal["best", "new"]
SORTS: Final[tuple[Sort, ...]] = ("best", "new")
COMMENTS_A_PAGE: Final = 20
REPLIES_A_PAGE: Final = 10
# Shown under a comment without being asked for.
REPLIES_AT_ONCE: Final = 2
MOST_AT_ONCE: Final = 50
# A removed one is an empty place, whoever wrote it, also somebody who is gone.
_HAS_A_WRITER: Final = Q(author__is_active=True) | Q(deleted_at__isnull=False)


@dataclass(frozen=True)
class Reader:
    """Who reads the comments of a note, and so what is left out for them."""

    note_id: int
    note_author_id: int
    viewer_id: int | None
    is_moderator: bool
    blocked: Collection[int]


def list_comments(
    *,
    note_public_id: str,
    viewer_id: int | None,
    cursor: str | None = None,
    length: int = COMMENTS_A_PAGE,
    is_moderator: bool = False,
    sort: str = "new",
    linked: str = "",
) -> Page[CommentView]:
    """Return a page of the comments under a note that the viewer may see, with their first replies.

    The first page opens with the comment that is `linked` to (or holds that reply) and with the
    pinned one; neither comes again. Pages of one reading keep to one order and hold everything that
    was there at its start, once (docs/algorithms/comments.md). A removed comment stands as an empty
    place while it has replies. People behind a block are left out. Raises NoteMissing,
    InvalidCursor or CommentOrderGone.
    """
    reader = open_for(note_public_id, viewer_id, is_moderator)
    top = _top_level(reader)
    if cursor:
        position = _read_position(cursor)
        first: list[int] = []
    else:
        first = _find_first(reader, linked)
        position = {"x": first}
        if sort == "best":
            position |= _newest_order(reader.note_id)
    top = top.exclude(pk__in=position["x"])
    ids, position_after = (
        _walk_order(top, position, length)
        if "o" in position
        else _walk_newest(top, position, length)
    )
    comments = _read(reader, [*first, *ids], linked=linked)
    return Page(
        items=comments,
        next_cursor=encode_cursor(position_after) if position_after else None,
    )


def list_replies(
    *,
    comment_public_id: str,
    viewer_id: int | None,
    cursor: str | None = None,
    length: int = REPLIES_A_PAGE,
    is_moderator: bool = False,
) -> Page[CommentView]:
    """Return a page of the replies under a comment, oldest first.

    Raises CommentMissing, NoteMissing or InvalidCursor.
    """
    parent = (
        Comment.objects.filter(public_id=comment_public_id, parent__isnull=True)
        .values_list("pk", "note__public_id")
        .first()
    )
    if parent is None:
        raise CommentMissing
    reader = open_for(parent[1], viewer_id, is_moderator)
    replies = visible_to(reader).filter(parent_id=parent[0])
    if cursor:
        replies = replies.filter(pk__gt=read_pk(cursor))
    rows = list(replies.order_by("pk").values_list("pk", flat=True)[: length + 1])
    items = _read(reader, rows[:length], threads=False)
    more = encode_cursor({"pk": rows[length - 1]}) if len(rows) > length else None
    return Page(items=items, next_cursor=more)


def get_comment(
    *, public_id: str, viewer_id: int | None, is_moderator: bool = False
) -> CommentView:
    """Return one comment that the viewer may see, removed or not, with its first replies.

    Raises CommentMissing.
    """
    found = (
        Comment.objects.filter(_HAS_A_WRITER, public_id=public_id)
        .values_list("pk", "note__public_id", "author_id")
        .first()
    )
    if found is None:
        raise CommentMissing
    pk, note, author_id = found
    try:
        reader = open_for(note, viewer_id, is_moderator)
    except NoteMissing as hidden:
        raise CommentMissing from hidden
    # The place of a removed one is there for everybody; words withheld for somebody else are not.
    comment = Comment.objects.filter(pk=pk, deleted_at__isnull=True, withheld_at__isnull=False)
    if author_id in reader.blocked or (
        comment.exists() and not visible_to(reader).filter(pk=pk).exists()
    ):
        raise CommentMissing
    return _read(reader, [pk])[0]


def name_comments(public_ids: Collection[str], *, viewer_id: int) -> dict[str, tuple[str, str]]:
    """Return the note's title and the words of comments that somebody may see, by public id."""
    rows = Comment.objects.filter(
        is_seen_by(viewer_id, "note__"), public_id__in=public_ids, stands=True
    )
    return {
        public_id: (title, body)
        for public_id, title, body in rows.values_list("public_id", "note__title", "body")
    }


def open_for(note_public_id: str, viewer_id: int | None, is_moderator: bool = False) -> Reader:
    """Return what a reader of a note's comments may see. Raises NoteMissing."""
    seen = find_seen(public_id=note_public_id, viewer_id=viewer_id)
    if seen is None:
        raise NoteMissing
    return Reader(
        note_id=seen[0],
        note_author_id=seen[1],
        viewer_id=viewer_id,
        is_moderator=is_moderator,
        blocked=people.blocked_ids(viewer_id) if viewer_id is not None else (),
    )


def list_by_ids(reader: Reader, ids: Sequence[int], *, threads: bool = False) -> list[CommentView]:
    """Return those of these comments that a reader still sees, in this order."""
    there = set(visible_to(reader, places=True).filter(pk__in=ids).values_list("pk", flat=True))
    return _read(reader, [pk for pk in ids if pk in there], threads=threads)


def visible_to(reader: Reader, *, places: bool = False) -> QuerySet[Comment]:
    """Return the comments and replies that a reader sees; with `places` also empty ones that hold replies.

    What is withheld for a word is there for its writer, the note's author and moderators; what
    moderation hid, for its writer.
    """
    shown = Q(stands=True)
    withheld = Q(
        withheld_at__isnull=False,
        hidden_at__isnull=True,
        withdrawn_at__isnull=True,
        deleted_at__isnull=True,
    )
    if reader.is_moderator or reader.viewer_id == reader.note_author_id:
        shown |= withheld
    if reader.viewer_id is not None:
        shown |= Q(author_id=reader.viewer_id, deleted_at__isnull=True)
    if places:
        shown |= Q(reply_count__gt=0)
    comments = Comment.objects.filter(shown, _HAS_A_WRITER, note_id=reader.note_id)
    return comments.exclude(author_id__in=reader.blocked) if reader.blocked else comments


def read_pk(cursor: str) -> int:
    """Return the id in a cursor. Raises InvalidCursor."""
    try:
        return int(decode_cursor(cursor)["pk"])
    except (KeyError, TypeError, ValueError) as other:
        raise InvalidCursor from other


def _top_level(reader: Reader) -> QuerySet[Comment]:
    return visible_to(reader, places=True).filter(parent__isnull=True)


def _find_first(reader: Reader, linked: str) -> list[int]:
    """Return the ids of the linked comment, or of the one it hangs under, and of the pinned one."""
    wanted = Q(pinned_at__isnull=False)
    if linked:
        wanted |= Q(public_id=linked)
    rows = visible_to(reader).filter(wanted).values_list("pk", "parent_id", "public_id")
    found = {public_id == linked: parent_id or pk for pk, parent_id, public_id in rows}
    ids = dict.fromkeys(found[is_linked] for is_linked in (True, False) if is_linked in found)
    # The one that a linked reply hangs under may be behind a block.
    there = set(_top_level(reader).filter(pk__in=ids).values_list("pk", flat=True)) if ids else ()
    return [pk for pk in ids if pk in there]


def _newest_order(note_id: int) -> dict[str, Any]:
    """Return where a reading begins by the newest order that was made; without one, newest first."""
    order = CommentOrder.objects.filter(note_id=note_id).order_by("-pk")
    pk = order.values_list("pk", flat=True).first()
    return {} if pk is None else {"o": pk}


def _walk_newest(
    top: QuerySet[Comment], position: dict[str, Any], length: int
) -> tuple[list[int], dict[str, Any] | None]:
    if "pk" in position:
        top = top.filter(pk__lt=position["pk"])
    ids = list(top.order_by("-pk").values_list("pk", flat=True)[: length + 1])
    if len(ids) <= length:
        return ids, None
    return ids[:length], {**position, "pk": ids[length - 1]}


def _walk_order(
    top: QuerySet[Comment], position: dict[str, Any], length: int
) -> tuple[list[int], dict[str, Any] | None]:
    """Return the next ids: what came after the order was made, the order itself, what it left out.

    `pk` is the last id of the first or third stretch, `k` how far the second is read.
    """
    order = CommentOrder.objects.filter(pk=position["o"]).first()
    if order is None:
        raise CommentOrderGone
    wanted = length + 1
    found: list[tuple[int, dict[str, Any]]] = []
    stretch = position.get("s", 0)
    if stretch == 0:
        later = top.filter(pk__gt=order.newest)
        if "pk" in position:
            later = later.filter(pk__lt=position["pk"])
        ids = later.order_by("-pk").values_list("pk", flat=True)[:wanted]
        found += [(pk, {"s": 0, "pk": pk}) for pk in ids]
    start = position["k"] if stretch == 1 else 0
    if stretch <= 1 and len(found) < wanted:
        places = list(enumerate(order.comment_ids))[start:]
        # Some may have gone meanwhile, so a few more than are wanted are asked for at a time.
        for at in range(0, len(places), 3 * wanted):
            some = places[at : at + 3 * wanted]
            there = set(top.filter(pk__in=[pk for _, pk in some]).values_list("pk", flat=True))
            found += [(pk, {"s": 1, "k": place + 1}) for place, pk in some if pk in there]
            if len(found) >= wanted:
                break
    if len(found) < wanted:
        rest = top.filter(pk__lte=order.newest).exclude(pk__in=order.comment_ids)
        if stretch == 2:
            rest = rest.filter(pk__lt=position["pk"])
        ids = rest.order_by("-pk").values_list("pk", flat=True)[: wanted - len(found)]
        found += [(pk, {"s": 2, "pk": pk}) for pk in ids]
    if len(found) <= length:
        return [pk for pk, _ in found], None
    after = found[length - 1][1]
    return [pk for pk, _ in found[:length]], {"x": position["x"], "o": position["o"], **after}


def _read(
    reader: Reader, ids: Sequence[int], *, threads: bool = True, linked: str = ""
) -> list[CommentView]:
    """Return these comments in this order, each with its first replies."""
    shown, beneath = list(ids), {}
    if threads and ids:
        beneath = _first_replies(reader, ids)
        shown += [pk for replies, _ in beneath.values() for pk in replies]
        if linked:
            shown += _linked_reply(reader, ids, linked)
    found = {one.id: one for one in read_comments(_annotated(reader, shown), reader)}
    made = []
    for pk in ids:
        replies, total = beneath.get(pk, ([], 0))
        under = [found[one] for one in replies if one in found]
        target = [
            one
            for one in found.values()
            if one.public_id == linked and one.parent_public_id == found[pk].public_id
        ]
        # A reply that was linked to stands alone until the others are asked for from the start.
        if target and target[0] not in under:
            under, total, last = target, total, 0
        else:
            last = replies[-1] if replies else 0
        made.append(
            replace(
                found[pk],
                replies=under,
                more_replies=max(total - len(under), 0),
                replies_cursor=encode_cursor({"pk": last}) if last else "",
            )
        )
    return made


def _first_replies(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[list[int], int]]:
    """Return the first replies under each comment, and how many there are for this reader."""
    under = F("parent_id")
    rows = (
        visible_to(reader)
        .filter(parent_id__in=ids)
        .annotate(
            place=Window(RowNumber(), partition_by=under, order_by=F("pk").asc()),
            total=Window(Count("pk"), partition_by=under),
        )
        .filter(place__lte=REPLIES_AT_ONCE)
        .order_by("pk")
        .values_list("parent_id", "pk", "total")
    )
    found: dict[int, tuple[list[int], int]] = {}
    for parent_id, pk, total in rows:
        found.setdefault(parent_id, ([], total))[0].append(pk)
    return found


def _linked_reply(reader: Reader, ids: Sequence[int], linked: str) -> list[int]:
    reply = visible_to(reader).filter(public_id=linked, parent_id__in=ids)
    return list(reply.values_list("pk", flat=True))


def _annotated(reader: Reader, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    likes = CommentLike.objects.filter(comment=OuterRef("pk"))
    rows = Comment.objects.filter(pk__in=ids).annotate(
        liked=Exists(likes.filter(person_id=reader.viewer_id or 0)),
        liked_by_author=Exists(likes.filter(person_id=reader.note_author_id)),
    )
    return list(rows.values_list(*FIELDS, *AUTHOR_FIELDS))


def _read_position(cursor: str) -> dict[str, Any]:
    position = decode_cursor(cursor)
    numbers = [position.get(name, 0) for name in ("o", "s", "k", "pk")]
    excluded = position.get("x")
    if not isinstance(excluded, list) or not all(isinstance(one, int) for one in numbers):
        raise InvalidCursor
    return position
