"""The demo's people, notes, comments and photo credits, read from TOML files."""

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meadow.core.ids import derived_id

FOLDER = Path(__file__).parent
COMMUNITY = FOLDER / "community"
PHOTOS = FOLDER / "photos"
FILMS = FOLDER / "films"

PASSWORD = "meadow-demo"  # noqa: S105 - public on purpose, which is why production refuses

LICENCE_NAMES = {
    "CC0-1.0": "CC0 1.0",
    "CC-BY-2.0": "CC BY 2.0",
    "CC-BY-4.0": "CC BY 4.0",
    "CC-BY-SA-3.0": "CC BY-SA 3.0",
    "CC-BY-SA-4.0": "CC BY-SA 4.0",
    "LGPL-2.1-or-later": "LGPL 2.1+",
    "LGPL-3.0-only": "LGPL 3.0",
}
DRAWN = {
    "en": "Film: drawn by Meadow's own code (meadow/demo/films)",
    "zh-hans": "影像：由 Meadow 自己的代码绘制（meadow/demo/films）",
}
PUBLIC_DOMAIN = {"en": "public domain", "zh-hans": "公有领域"}


@dataclass(frozen=True)
class Crop:
    """A square cut from a photo: its centre and side, in parts of the photo's width and height."""

    photo: str
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class DemoPerson:
    """An account of the demo."""

    handle: str
    name: str
    language: str
    region: str
    bio: str
    role: str = "member"
    avatar: Crop | None = None

    @property
    def email(self) -> str:
        """An address that can never belong to anybody (RFC 2606)."""
        return f"{self.handle}@meadow.example"


@dataclass(frozen=True)
class DemoNote:
    """A note of the demo; `hours` is how long before the seed it was published.

    It has photos, or the name of a film and what is to be seen in it.
    """

    key: str
    author: str
    hours: float
    title: str
    body: str
    photos: tuple[str, ...]
    topics: tuple[str, ...]
    film: str = ""
    scene: str = ""


@dataclass(frozen=True)
class DemoReply:
    """An answer to a comment, `after` minutes later."""

    by: str
    after: int
    text: str


@dataclass(frozen=True)
class DemoComment:
    """A comment, `after` minutes after its note."""

    by: str
    after: int
    text: str
    replies: tuple[DemoReply, ...]


@dataclass(frozen=True)
class PhotoCredit:
    """Who made a photo, under which licence, and what was changed."""

    file: str
    title: str
    author: str
    licence: str
    licence_url: str
    source_url: str
    package: str
    version: str
    changes: tuple[str, ...]
    description_en: str
    description_zh: str

    def description(self, language: str) -> str:
        """Say what is to be seen, for somebody who does not see it."""
        return self.description_zh if language == "zh-hans" else self.description_en

    def licence_name(self, language: str) -> str:
        """Return the licence as people write it."""
        return LICENCE_NAMES.get(self.licence) or PUBLIC_DOMAIN[language]


@cache
def read_people() -> tuple[DemoPerson, ...]:
    """Return the creators, the staff and the reader, in the order in which they joined."""
    return tuple(_person(row) for row in _load("people.toml")["person"])


@cache
def read_crowd() -> tuple[DemoPerson, ...]:
    """Return the scripted readers."""
    return tuple(_person(row) for row in _load("crowd.toml")["reader"])


@cache
def read_notes() -> tuple[DemoNote, ...]:
    """Return the notes, oldest first."""
    notes = [
        DemoNote(
            key=row["key"],
            author=row["author"],
            hours=row["hours"],
            title=row["title"],
            body=row["body"].strip(),
            photos=tuple(row.get("photos", ())),
            topics=tuple(row["topics"]),
            film=row.get("film", ""),
            scene=row.get("scene", ""),
        )
        for file in sorted(COMMUNITY.glob("notes_*.toml"))
        for row in _load(file.name)["note"]
    ]
    return tuple(sorted(notes, key=lambda note: -note.hours))


@cache
def read_comments() -> dict[str, tuple[DemoComment, ...]]:
    """Return the comments by the key of their note."""
    return {
        key: tuple(
            DemoComment(
                by=row["by"],
                after=row["after"],
                text=row["text"],
                replies=tuple(DemoReply(**reply) for reply in row.get("replies", ())),
            )
            for row in thread["comments"]
        )
        for key, thread in _load("comments.toml").items()
    }


@cache
def read_credits() -> dict[str, PhotoCredit]:
    """Return the credit of each photo by its file name."""
    rows = tomllib.loads((PHOTOS / "credits.toml").read_text())["photo"]
    return {
        row["file"]: PhotoCredit(
            file=row["file"],
            title=row["title"],
            author=row["author"],
            licence=row["license"],
            licence_url=row.get("license_url", ""),
            source_url=row.get("source_url", ""),
            package=row["package"],
            version=row["version"],
            changes=tuple(row["changes"]),
            description_en=row["description_en"],
            description_zh=row["description_zh"],
        )
        for row in rows
    }


def note_id(key: str) -> str:
    """Return the public id that a note of the demo has in every installation."""
    return derived_id("n", f"meadow demo note {key}")


def fingerprint() -> str:
    """Return a digest that changes whenever any text of the demo does."""
    digest = hashlib.sha256()
    for file in sorted(COMMUNITY.glob("*.toml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def write_body(note: DemoNote, *, language: str) -> str:
    """Return a note's words with its topics and the credit of its photos or film below them."""
    topics = " ".join(f"#{topic}" for topic in note.topics)
    credit = DRAWN[language] if note.film else write_credit(note.photos, language=language)
    return f"{note.body}\n\n{topics}\n\n{credit}"


def read_film_captions(film: str) -> dict[str, bytes]:
    """Return the WebVTT files of a film by language."""
    files = FILMS.glob(f"{film}.*.vtt")
    return {file.name.split(".")[1]: file.read_bytes() for file in sorted(files)}


def write_credit(photos: Sequence[str], *, language: str) -> str:
    """Return one line that names author and licence of these photos, each pair once."""
    named = dict.fromkeys(_attributions(photos, language))
    if language == "zh-hans":
        return "照片：" + "、".join(named)
    return ("Photo: " if len(photos) == 1 else "Photos: ") + "; ".join(named)


def _attributions(photos: Sequence[str], language: str) -> Iterator[str]:
    for file in photos:
        credit = read_credits()[file]
        licence = credit.licence_name(language)
        yield (
            f"{credit.author}（{licence}）"
            if language == "zh-hans"
            else f"{credit.author} ({licence})"
        )


def _person(row: dict[str, Any]) -> DemoPerson:
    avatar = row.get("avatar")
    return DemoPerson(**{**row, "avatar": Crop(**avatar) if avatar else None})


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((COMMUNITY / name).read_text())
