"""What a buyer's list of orders can be cut by, and how the page says it."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from meadow.notes.queries import get_checked_cards, name_deleted
from meadow.promotion.errors.orders import StandingUnknown
from meadow.promotion.queries.orders import (
    STANDINGS,
    Standing,
    count_standings,
    find_promoted_note,
    list_promoted_notes,
)
from meadow.promotion.words import STATES

ORDERS = "/promote"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are asked for; `note` is the public id of `note_id`, "" for those of every note."""

    standing: Standing | None
    note: str
    note_id: int | None

    def address(self, **other: str | None) -> str:
        """Return the address of the list as it is cut, or with `other` of it."""
        values = {"standing": self.standing, "note": self.note} | other
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{ORDERS}?{query}" if query else ORDERS


def read_wanted(given: Mapping[str, str], *, person_id: int) -> Wanted:
    """Return what an address asks for. Raises StandingUnknown, NoteUnknown."""
    asked, note = given.get("standing", ""), given.get("note", "")
    standing = next((one for one in STANDINGS if one == asked), None)
    if asked and standing is None:
        raise StandingUnknown(standings=", ".join(STANDINGS))
    note_id = find_promoted_note(note, person_id=person_id) if note else None
    return Wanted(standing=standing, note=note, note_id=note_id)


def show_filters(wanted: Wanted, *, person_id: int, now: dt.datetime) -> dict[str, Any]:
    """Return what the page shows above the list: ways to stand with their counts, notes, what is chosen.

    There is nothing to choose where all orders stand alike, or are for one note.
    """
    counts = count_standings(person_id=person_id, now=now, note_id=wanted.note_id)
    notes = list_promoted_notes(person_id)
    named = notes if wanted.note_id in (None, *notes) else [wanted.note_id, *notes]
    asked = [one for one in named if one is not None]
    cards = get_checked_cards(asked)
    titles = {card.public_id: card.title for card in cards}
    titles |= _name_gone({*asked} - {card.id for card in cards}, person_id)
    if wanted.note and wanted.note not in titles:
        titles = {wanted.note: _("A note that is gone"), **titles}
    standings = [
        {
            "name": one,
            "said": STATES[one][0],
            "count": counts[one],
            "url": wanted.address(standing=one),
            "chosen": one == wanted.standing,
        }
        for one in STANDINGS
        if counts[one] or one == wanted.standing
    ]
    every = {
        "name": "every",
        "said": _("All"),
        "count": sum(counts.values()),
        "url": wanted.address(standing=None),
        "chosen": wanted.standing is None,
    }
    return {
        "standings": [every, *standings] if len(standings) > 1 or wanted.standing else [],
        "notes": titles if len(titles) > 1 or wanted.note else {},
        "wanted": wanted,
        "is_cut": bool(wanted.standing or wanted.note),
        "cut_by": _say_cut(wanted, titles),
        "all_url": ORDERS,
    }


def _name_gone(note_ids: Collection[int], author_id: int) -> dict[str, str]:
    """Return what those of a buyer's own notes are called that they deleted and that are still kept."""
    return {
        public_id: _("Deleted: %(title)s") % {"title": title} if title else _("A note that is gone")
        for public_id, title in name_deleted(note_ids, author_id=author_id).items()
    }


def _say_cut(wanted: Wanted, titles: Mapping[str, str]) -> str:
    """Return which filters are on, in words; "" for none."""
    said = {
        "standing": STATES[wanted.standing][0] if wanted.standing else "",
        "note": titles.get(wanted.note, ""),
    }
    if wanted.standing and wanted.note:
        return _("You chose “%(standing)s”, and orders for “%(note)s”.") % said
    if wanted.standing:
        return _("You chose “%(standing)s”.") % said
    return _("You chose orders for “%(note)s”.") % said if wanted.note else ""
