"""Writes of the demo: people, notes, follows, likes and comments, through everybody's services.

Every step looks whether its result is there before it makes it, so a seed that was killed is simply
run again. Nothing here writes a read: those come from real requests alone.
"""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from PIL import Image

from meadow.accounts import queries as accounts
from meadow.accounts import services as people_services
from meadow.demo import queries
from meadow.demo.errors import DemoRefused, PhotosNotRendered
from meadow.demo.texts import (
    FILMS,
    PASSWORD,
    PHOTOS,
    Crop,
    DemoNote,
    DemoPerson,
    fingerprint,
    note_id,
    read_comments,
    read_credits,
    read_crowd,
    read_film_captions,
    read_notes,
    read_people,
    write_body,
)
from meadow.media.services import receive_upload
from meadow.media.video.arrivals import receive_video
from meadow.media.video.captions import set_captions
from meadow.notes import services as notes
from meadow.notes.errors import NoteMissing
from meadow.notes.queries import get_edited_note, get_note
from meadow.programs.queries import my_standing
from meadow.programs.services.grants import grant_place

SIGN_INS = ("warden", "ranger", "lin_yu", "nora_field", "reader")
JOINED_BEFORE = dt.timedelta(days=30)
AVATAR_SIDE = 320
LONGEST_RENDERING = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Seeded:
    """What a seed leaves behind, as counted by it."""

    people: int
    notes: int
    photos: int
    films: int
    comments: int


def refuse_production() -> None:
    """Raise DemoRefused where real people are served."""
    if settings.ENVIRONMENT.production:
        raise DemoRefused


def seed_community(
    *, now: dt.datetime, wait: Callable[[], dt.datetime], newest: int | None = None
) -> Seeded:
    """Make the community, or the part of it that is missing; of its notes only the `newest`, if given.

    `wait` is called while photos are being rendered and returns the time after it. Raises
    DemoRefused or PhotosNotRendered.
    """
    refuse_production()
    chosen = read_notes()[-newest:] if newest else read_notes()
    is_whole = queries.is_whole(chosen)
    # From the first photo on its author is owed a credit, so the mark comes first.
    if not is_whole:
        write_marker()
    ids = seed_people(now=now)
    admit_creators(ids=ids, now=now)
    seed_follows(ids=ids, now=now)
    waiting = [note for note in chosen if draft_note(note, author_id=ids[note.author], now=now)]
    deadline = now + LONGEST_RENDERING
    moment = now
    while waiting:
        # In the order of time: ids, and the Follow page with them, agree with the dates.
        while waiting and is_rendered(waiting[0], author_id=ids[waiting[0].author]):
            publish_note(waiting.pop(0), ids=ids, now=now)
        if waiting:
            if moment > deadline:
                count = sum(len(note.photos) + bool(note.film) for note in waiting)
                raise PhotosNotRendered(seconds=int(LONGEST_RENDERING.total_seconds()), count=count)
            moment = wait()
    comments = 0
    for note in chosen:
        published = published_at(note, author_id=ids[note.author])
        if published is not None:
            comments += seed_comments(note, published=published, ids=ids, now=now)
            if not is_whole:
                seed_likes(note, published=published, ids=ids, now=now)
    seeded = Seeded(
        people=len(ids),
        notes=len(chosen),
        photos=sum(len(note.photos) for note in chosen),
        films=sum(bool(note.film) for note in chosen),
        comments=comments,
    )
    write_marker(**asdict(seeded))
    return seeded


def write_marker(**counts: int) -> None:
    """Note down that the demo is here, and how much of it once it is whole."""
    path = queries.marker()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"texts": fingerprint(), **counts}) + "\n")


def seed_people(*, now: dt.datetime) -> dict[str, int]:
    """Make everybody who is missing; returns person ids by handle."""
    everybody = [*read_people(), *read_crowd()]
    ids = accounts.find_by_handles([person.handle for person in everybody])
    # A hash is slow by design, and this password is no secret: one for all of them.
    shared = make_password(PASSWORD) if len(ids) < len(everybody) else ""
    for place, person in enumerate(everybody):
        if person.handle not in ids:
            signs_in = person.handle in SIGN_INS or person in read_crowd()
            made = people_services.create_person(
                handle=person.handle,
                email=person.email,
                password=None,
                password_hash=shared if signs_in else "",
                name=person.name,
                role=person.role,
                language=person.language,
                now=now - JOINED_BEFORE + dt.timedelta(hours=place),
            )
            ids[person.handle] = made.pk
        complete_person(person, person_id=ids[person.handle], now=now)
    return ids


# In the words of whom it is about: a reason is shown as it was written.
ADMITTED_WITH = {
    "en": "You came with the demo, so that there is a Studio to look at.",
    "zh-hans": "你随演示社区一起加入，这样创作中心里就有内容可看。",
}


def admit_creators(*, ids: dict[str, int], now: dt.datetime) -> None:
    """Let the demo's creators into the Creator Center by grants that say so: nobody's numbers are made up."""
    for person in read_people():
        if person.role != "member" or person.handle == "reader":
            continue
        if not my_standing("creator-center", ids[person.handle], now).is_in:
            grant_place(
                slug="creator-center",
                person_id=ids[person.handle],
                reason=ADMITTED_WITH[person.language],
                operator_id=None,
                now=now,
            )


def complete_person(person: DemoPerson, *, person_id: int, now: dt.datetime) -> None:
    """Fill in the profile and the picture that a killed seed left out."""
    known = accounts.get_own_profile(person_id)
    if not known.bio:
        people_services.update_profile(
            person_id=person_id,
            name=person.name,
            bio=person.bio,
            region=person.region,
            birth_year=None,
            gender="",
        )
    if person.avatar and known.avatar_upload_id is None:
        people_services.upload_avatar(person_id=person_id, file=cut_avatar(person.avatar), now=now)


def cut_avatar(crop: Crop) -> "ContentFile[bytes]":
    """Return a square JPEG cut from a demo photo."""
    with Image.open(PHOTOS / crop.photo) as photo:
        half = crop.side * min(photo.size) / 2
        x = min(max(crop.x * photo.width, half), photo.width - half)
        y = min(max(crop.y * photo.height, half), photo.height - half)
        square = photo.crop((round(x - half), round(y - half), round(x + half), round(y + half)))
    out = io.BytesIO()
    square.resize((AVATAR_SIDE, AVATAR_SIDE), Image.Resampling.LANCZOS).save(
        out, "JPEG", quality=90
    )
    return ContentFile(out.getvalue(), name="avatar.jpg")


def seed_follows(*, ids: dict[str, int], now: dt.datetime) -> None:
    """Let people follow whom they would: their neighbours in the list, and some by lot."""
    creators = [person.handle for person in read_people() if person.role == "member"]
    for follower in creators:
        known = accounts.following_ids(ids[follower])
        for followed in creators:
            if followed == follower or followed == "reader" or ids[followed] in known:
                continue
            if draw(f"follow {follower} {followed}") < 0.4:
                people_services.follow_person(
                    follower_id=ids[follower], followed_id=ids[followed], now=now
                )


def draft_note(note: DemoNote, *, author_id: int, now: dt.datetime) -> bool:
    """Write a note's words and hand its photos or film in; returns whether it is still to be published.

    A note that somebody deleted stays deleted.
    """
    public_id = note_id(note.key)
    written = now - dt.timedelta(hours=note.hours + 1)
    person = language_of(note.author)
    try:
        known = get_edited_note(public_id=public_id, author_id=author_id)
    except NoteMissing:
        try:
            notes.save_draft(
                public_id=public_id,
                author_id=author_id,
                title=note.title,
                body=write_body(note, language=person),
                now=written,
            )
        except NoteMissing:
            return False
        known = get_edited_note(public_id=public_id, author_id=author_id)
    if known.is_published:
        return False
    if note.film and known.video is None:
        film = ContentFile((FILMS / f"{note.film}.mp4").read_bytes(), name=f"{note.film}.mp4")
        notes.attach_video(
            public_id=public_id,
            author_id=author_id,
            upload_public_id=receive_video(owner_id=author_id, file=film, now=now),
            now=now,
        )
    for file in note.photos[len(known.photos) :]:
        # The upload is of now: what is left lying in the past is taken for lost and swept away.
        upload = receive_upload(
            owner_id=author_id,
            purpose="note_photo",
            file=ContentFile((PHOTOS / file).read_bytes(), name=file),
            now=now,
        )
        notes.attach_photo(
            public_id=public_id, author_id=author_id, upload_public_id=upload.public_id, now=now
        )
    return True


def is_rendered(note: DemoNote, *, author_id: int) -> bool:
    """Whether every photo of a draft stands; the cover of a film is the film's own upload."""
    photos = get_edited_note(public_id=note_id(note.key), author_id=author_id).photos
    return all(photo.upload.state == "ready" for photo in photos)


def publish_note(note: DemoNote, *, ids: dict[str, int], now: dt.datetime) -> None:
    """Describe the photos, caption the film and publish, at the note's own time."""
    author_id = ids[note.author]
    language = language_of(note.author)
    known = get_edited_note(public_id=note_id(note.key), author_id=author_id)
    if known.video is not None:
        for tag, words in read_film_captions(note.film).items():
            set_captions(
                public_id=known.video.public_id,
                owner_id=author_id,
                language=tag,
                content=words,
                now=now,
            )
    said = [read_credits()[file].description(language) for file in note.photos] or [note.scene]
    notes.save_draft(
        public_id=known.public_id,
        author_id=author_id,
        title=note.title,
        body=write_body(note, language=language),
        descriptions={
            photo.upload.public_id: words for photo, words in zip(known.photos, said, strict=True)
        },
        now=now - dt.timedelta(hours=note.hours, minutes=1),
    )
    notes.publish_note(
        public_id=known.public_id,
        author_id=author_id,
        now=now - dt.timedelta(hours=note.hours),
    )


def seed_likes(
    note: DemoNote, *, published: dt.datetime, ids: dict[str, int], now: dt.datetime
) -> None:
    """Let some creators like and keep a note, each at a moment of their own after it came out."""
    public_id = note_id(note.key)
    charm = 0.1 + 0.45 * draw(f"charm {note.key}")
    for person in read_people():
        luck = draw(f"like {note.key} {person.handle}")
        if person.handle in (note.author, "warden", "ranger") or luck >= charm:
            continue
        when = published + (now - published) * draw(f"when {note.key} {person.handle}")
        notes.like_note(public_id=public_id, person_id=ids[person.handle], now=when)
        if luck < charm / 3:
            notes.save_note(public_id=public_id, person_id=ids[person.handle], now=when)


def seed_comments(
    note: DemoNote, *, published: dt.datetime, ids: dict[str, int], now: dt.datetime
) -> int:
    """Write the comments and replies that are missing; returns how many the note has by now."""
    public_id = note_id(note.key)
    known = queries.find_comments(public_id)
    count = 0
    for comment in read_comments().get(note.key, ()):
        when = min(now, published + dt.timedelta(minutes=comment.after))
        comment_id = known.get((comment.by, comment.text))
        if comment_id is None:
            comment_id = notes.add_comment(
                public_id=public_id, author_id=ids[comment.by], body=comment.text, now=when
            ).public_id
            answered = set()
        else:
            answered = queries.find_replies(comment_id)
        for reply in comment.replies:
            if (reply.by, reply.text) not in answered:
                notes.add_comment(
                    public_id=public_id,
                    author_id=ids[reply.by],
                    body=reply.text,
                    parent_public_id=comment_id,
                    now=min(now, when + dt.timedelta(minutes=reply.after)),
                )
        count += 1 + len(comment.replies)
    return count


def list_sign_ins() -> Iterator[tuple[DemoPerson, str]]:
    """Yield who can sign in, with the password."""
    by_handle = {person.handle: person for person in read_people()}
    for handle in SIGN_INS:
        yield by_handle[handle], PASSWORD


def language_of(handle: str) -> str:
    """Return the language somebody writes in."""
    return next(person.language for person in read_people() if person.handle == handle)


def published_at(note: DemoNote, *, author_id: int) -> dt.datetime | None:
    """Return when a note came out, or None when it is gone."""
    try:
        return get_note(public_id=note_id(note.key), viewer_id=author_id).published_at
    except NoteMissing:
        return None


def draw(name: str) -> float:
    """Return a number in [0, 1), always the same for a name: a lot that can be drawn again."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
