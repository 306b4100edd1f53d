"""What is kept of audiences: the newest index, saved audiences, lists, and what people chose."""

import datetime as dt
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db import connection

from meadow.accounts.queries import find_by_handles, get_birth_years, get_people
from meadow.core.zones import UTC_DIAL, Dial
from meadow.notes.queries import largest_topics
from meadow.promotion.audiences.definition import Definition, from_json
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.snapshot import from_bytes
from meadow.promotion.audiences.words import ValueNames, say_audience
from meadow.promotion.errors.audiences import AudienceMissing, ListMissing
from meadow.promotion.models import AdChoice, AudienceSnapshot, SavedAudience, UploadedList

# No profile is kept of somebody who may be younger; only the year of birth is known.
ADULT_YEARS: Final = 18
_NAMED: Final = "SELECT public_id, handle FROM accounts_person WHERE public_id = ANY(%s)"
_TOPICS: Final = "SELECT slug FROM notes_topic WHERE slug = ANY(%s) AND note_count > 0"
MOST_SUGGESTED: Final = 100

_lock = threading.Lock()
_known: tuple[int, AudienceIndex] = (0, AudienceIndex())


@dataclass(frozen=True, slots=True)
class AdStanding:
    """Whether promoted notes may be chosen by what somebody does: `by_interest` None, not answered."""

    by_interest: bool | None
    may_choose: bool
    knows_age: bool


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """An audience that a buyer gave a name; `words` say whom it means."""

    public_id: str
    name: str
    definition: Definition
    words: str
    saved_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ListRecord:
    """An uploaded list: how many lines it had, never how many of them are people here."""

    public_id: str
    name: str
    lines: int
    uploaded_at: dt.datetime


def newest_snapshot_id() -> int:
    """Return the id of the newest snapshot, 0 for none: it changes when the index does."""
    newest = AudienceSnapshot.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def newest_index() -> AudienceIndex:
    """Return everybody by what is known of them, as of the newest building; not to be changed.

    Read once a process and snapshot. Raises what `snapshot.from_bytes` raises.
    """
    global _known
    newest = newest_snapshot_id()
    with _lock:
        if _known[0] == newest:
            return _known[1]
        row = AudienceSnapshot.objects.filter(pk=newest).values_list("body", flat=True).first()
        found = from_bytes(bytes(row))[0] if row is not None else AudienceIndex()
        _known = (newest, found)
        return found


def words_of(definition: Definition, *, owner_id: int | None = None, dial: Dial = UTC_DIAL) -> str:
    """Return whom an audience means, in the active language; its owner reads the names of lists."""
    names = name_values([definition], owner_id=owner_id, dial=dial)
    return say_audience(definition, names=names)


def name_values(
    definitions: Collection[Definition], *, owner_id: int | None = None, dial: Dial = UTC_DIAL
) -> ValueNames:
    """Return what the values in some audiences are called, in two queries at most."""
    accounts, lists = set[str](), set[str]()
    for term in (term for one in definitions for term in one.terms()):
        if term.dimension in ("fans_of", "engaged_with"):
            accounts.update(term.values)
        elif term.dimension in ("list", "look_alike"):
            lists.update(value.split(":")[0] for value in term.values)
    handles: dict[str, str] = {}
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(_NAMED, [sorted(accounts)])
            handles = dict(cursor.fetchall())
    names: dict[str, str] = {}
    if lists and owner_id is not None:
        mine = UploadedList.objects.filter(person_id=owner_id, public_id__in=lists)
        names = dict(mine.values_list("public_id", "name"))
    return ValueNames(handles=handles, lists=names, dial=dial)


def get_ad_standing(*, person_id: int, now: dt.datetime) -> AdStanding:
    """Return what somebody chose about promoted notes, and whether they may say yes."""
    born = get_birth_years([person_id]).get(person_id)
    chosen = AdChoice.objects.filter(person_id=person_id).values_list("by_interest", flat=True)
    return AdStanding(
        by_interest=chosen.first(),
        may_choose=born is None or now.year - born > ADULT_YEARS,
        knows_age=born is not None,
    )


def list_saved(*, person_id: int, dial: Dial = UTC_DIAL) -> list[SavedRecord]:
    """Return a buyer's saved audiences by name, in three queries at most."""
    rows = list(SavedAudience.objects.filter(person_id=person_id).order_by("name"))
    return _saved_records(rows, person_id=person_id, dial=dial)


def find_saved(*, public_id: str, person_id: int, dial: Dial = UTC_DIAL) -> SavedRecord:
    """Return one of a buyer's own saved audiences. Raises AudienceMissing."""
    rows = list(SavedAudience.objects.filter(person_id=person_id, public_id=public_id))
    if not rows:
        raise AudienceMissing
    return _saved_records(rows, person_id=person_id, dial=dial)[0]


def list_lists(*, person_id: int) -> list[ListRecord]:
    """Return a buyer's uploaded lists, newest first."""
    return [_list_record(row) for row in _lists_of(person_id).order_by("-pk")]


def find_list(*, public_id: str, person_id: int) -> ListRecord:
    """Return one of a buyer's own lists. Raises ListMissing."""
    row = _lists_of(person_id).filter(public_id=public_id).first()
    if row is None:
        raise ListMissing
    return _list_record(row)


def find_accounts(handles: Sequence[str]) -> dict[str, str]:
    """Return the public ids of accounts, by the handles as they were asked for, with @ or without."""
    plain = {handle: handle.removeprefix("@").lower() for handle in handles}
    ids = find_by_handles(list(plain.values()))
    cards = get_people(ids.values())
    known = {low: cards[pk].public_id for low, pk in ids.items() if pk in cards}
    return {handle: known[low] for handle, low in plain.items() if low in known}


def find_topics(names: Sequence[str]) -> dict[str, str]:
    """Return topics that have notes, by the words as they were asked for, with # or without."""
    slugs = {name: name.removeprefix("#").casefold() for name in names}
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS, [sorted(set(slugs.values()))])
        known = {row[0] for row in cursor.fetchall()}
    return {name: slug for name, slug in slugs.items() if slug in known}


def list_topics() -> list[str]:
    """Return the topics with the most notes."""
    return [card.slug for card in largest_topics(length=MOST_SUGGESTED)]


def check_lists(definition: Definition, *, person_id: int) -> None:
    """Raise ListMissing unless every list that an audience names is the buyer's own."""
    named = lists_named(definition)
    if named and _lists_of(person_id).filter(public_id__in=named).count() != len(named):
        raise ListMissing


def lists_named(definition: Definition, *dimensions: Literal["list", "look_alike"]) -> set[str]:
    """Return the public ids of the lists in an audience, those behind look-alikes too if not said."""
    wanted = dimensions or ("list", "look_alike")
    terms = [one for one in definition.terms() if one.dimension in wanted]
    return {value.split(":")[0] for term in terms for value in term.values}


def _lists_of(person_id: int) -> Any:
    return UploadedList.objects.defer("matched").filter(person_id=person_id)


def _saved_records(rows: list[SavedAudience], *, person_id: int, dial: Dial) -> list[SavedRecord]:
    definitions = [from_json(row.definition) for row in rows]
    names = name_values(definitions, owner_id=person_id, dial=dial)
    return [
        SavedRecord(
            public_id=row.public_id,
            name=row.name,
            definition=definition,
            words=say_audience(definition, names=names),
            saved_at=row.saved_at,
        )
        for row, definition in zip(rows, definitions, strict=True)
    ]


def _list_record(row: UploadedList) -> ListRecord:
    return ListRecord(
        public_id=row.public_id, name=row.name, lines=row.lines, uploaded_at=row.uploaded_at
    )
