"""What a page says of itself to other sites: OpenGraph, Twitter card, canonical address, JSON-LD.

Only what somebody signed out may see is said; any other page says nothing and asks not to be listed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from meadow.accounts.queries import PersonCard, Profile
from meadow.media.queries import Picture
from meadow.media.video.queries import Video
from meadow.notes.queries import BoardView, NoteCard, NoteView, TopicView

LONGEST_DESCRIPTION = 200
# Inside a script element these could end it or begin a comment.
_HARMLESS = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class PageMeta:
    """Facts of one public page; addresses are absolute, an empty one is left out."""

    kind: str
    title: str
    description: str
    url: str
    image: Picture | None
    image_url: str
    image_alt: str
    oembed_url: str
    json_ld: SafeString


def is_public(note: NoteView) -> bool:
    """Whether somebody signed out sees the note."""
    return note.state == "published" and note.visibility == "public" and not note.is_hidden


def note_meta(request: HttpRequest, note: NoteView) -> PageMeta | None:
    """Return what a note's page says, or None where the note is not everybody's to see."""
    if not is_public(note):
        return None
    url = request.build_absolute_uri(note.url)
    pictures = pictures_of(note)
    said: dict[str, Any] = {
        "@type": "SocialMediaPosting",
        "headline": note.title,
        "articleBody": note.body,
        "datePublished": note.published_at.isoformat() if note.published_at else None,
        "dateModified": note.edited_at.isoformat(),
        "image": [request.build_absolute_uri(one.src) for one in pictures],
        "author": _person(request, note.author),
        "mainEntityOfPage": url,
        "keywords": note.topics,
        "interactionStatistic": [
            _counter("LikeAction", note.like_count),
            _counter("CommentAction", note.comment_count),
        ],
    }
    if note.video is not None:
        said["video"] = _video(request, note, note.video)
    return _meta(
        request,
        kind="article",
        title=note.title,
        description=note.body or _by(note.author),
        path=note.url,
        image=pictures[0] if pictures else None,
        image_alt=note.photos[0].description if note.photos else "",
        said=said,
        oembed=True,
    )


def pictures_of(note: NoteView) -> list[Picture]:
    """Return what a note shows: its photos, or the still of its video."""
    if note.video is not None:
        return [note.video.poster]
    return [photo.picture for photo in note.photos]


def profile_meta(request: HttpRequest, profile: Profile) -> PageMeta | None:
    """Return what a person's page says, or None for somebody whom only they themselves see."""
    if profile.is_hidden:
        return None
    person = profile.card
    path = f"/@{person.handle}"
    described = {"description": profile.bio} if profile.bio else {}
    said = {"@type": "ProfilePage", "mainEntity": {**_person(request, person), **described}}
    return _meta(
        request,
        kind="profile",
        title=f"{person.shown_name} (@{person.handle})",
        description=profile.bio,
        path=path,
        image=person.avatar,
        image_alt=person.shown_name,
        said=said,
    )


def topic_meta(request: HttpRequest, topic: TopicView, cards: Sequence[NoteCard]) -> PageMeta:
    """Return what a topic's page says; its picture is the first note's that it shows."""
    said = {"@type": "CollectionPage", "name": f"#{topic.card.name}"}
    return _meta(
        request,
        kind="website",
        title=f"#{topic.card.name}",
        description="",
        path=topic.card.url,
        image=_first_cover(cards),
        image_alt="",
        said=said,
    )


def board_meta(request: HttpRequest, board: BoardView) -> PageMeta | None:
    """Return what a board's page says, or None for a board that only its owner sees.

    Its covers may be of notes that only this viewer sees, so no picture is named.
    """
    if not board.card.is_public:
        return None
    said = {
        "@type": "CollectionPage",
        "name": board.card.name,
        "author": _person(request, board.owner),
    }
    return _meta(
        request,
        kind="website",
        title=board.card.name,
        description=board.card.about or _by(board.owner),
        path=board.card.url,
        image=None,
        image_alt="",
        said=said,
    )


def _meta(
    request: HttpRequest,
    *,
    kind: str,
    title: str,
    description: str,
    path: str,
    image: Picture | None,
    image_alt: str,
    said: Mapping[str, Any],
    oembed: bool = False,
) -> PageMeta:
    url = request.build_absolute_uri(path)
    shown = image if image is not None and image.is_ready and image.src else None
    found = {"@context": "https://schema.org", "url": url, **said}
    asked = urlencode({"format": "json", "url": url})
    return PageMeta(
        kind=kind,
        title=title,
        description=Truncator(" ".join(description.split())).chars(LONGEST_DESCRIPTION),
        url=url,
        image=shown,
        image_url=request.build_absolute_uri(shown.src) if shown else "",
        image_alt=image_alt or title,
        oembed_url=request.build_absolute_uri(f"/oembed?{asked}") if oembed else "",
        json_ld=_script(found),
    )


def _script(said: Mapping[str, Any]) -> SafeString:
    """Return data as a script element: no browser runs it, and nothing in it can end it."""
    words = json.dumps(said, ensure_ascii=False).translate(_HARMLESS)
    return mark_safe(  # noqa: S308 - every character that means something to HTML is escaped
        f'<script type="application/ld+json">{words}</script>'
    )


def _person(request: HttpRequest, person: PersonCard) -> dict[str, Any]:
    return {
        "@type": "Person",
        "name": person.shown_name,
        "alternateName": person.handle,
        "url": request.build_absolute_uri(f"/@{person.handle}"),
    }


def _video(request: HttpRequest, note: NoteView, video: Video) -> dict[str, Any]:
    return {
        "@type": "VideoObject",
        "name": note.title,
        "description": note.body or note.title,
        "thumbnailUrl": request.build_absolute_uri(video.poster.src),
        "uploadDate": note.published_at.isoformat() if note.published_at else None,
        "duration": f"PT{video.duration_ms / 1000:.3f}S",
        "contentUrl": request.build_absolute_uri(video.mp4),
        "embedUrl": request.build_absolute_uri(f"/embed{note.url}"),
    }


def _counter(kind: str, count: int) -> dict[str, Any]:
    return {
        "@type": "InteractionCounter",
        "interactionType": f"https://schema.org/{kind}",
        "userInteractionCount": count,
    }


def _by(person: PersonCard) -> str:
    return _("By %(name)s on Meadow") % {"name": person.shown_name}


def _first_cover(cards: Sequence[NoteCard]) -> Picture | None:
    return next((card.cover for card in cards if card.visibility == "public" and card.cover), None)
