"""One search as a page and the API answer it: found, mended where nothing was, told on as a fact."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from meadow.analytics.classifiers import is_robot
from meadow.analytics.readers import describe_visit
from meadow.core.jobs import enqueue, find_task
from meadow.search.asking import Filters, Question, ask
from meadow.search.chinese import write_like
from meadow.search.models import SearchRule
from meadow.search.queries.notes import NOTHING, FoundNotes, find_notes
from meadow.search.queries.rules import newest_rule
from meadow.search.services.habits import remember_search
from meadow.search.spelling import mend
from meadow.search.text import fold

SEARCH_RATE: Final = "60/minute"
SUGGEST_RATE: Final = "240/minute"
# With so few results a better spelling is offered, and with none it is searched for.
FEW: Final = 3
# By name: tasks stand above what pages and the API share.
TELL: Final = "search.tell"


@dataclass(frozen=True)
class Found:
    """What a search brought.

    `shown_for` is what was looked for in the end; `offered` another spelling that may have been meant;
    `is_mended` says that nothing was found as it was typed, `is_loose` that no note has all the words.
    """

    question: Question
    notes: FoundNotes
    shown_for: str
    offered: str = ""
    is_mended: bool = False
    is_loose: bool = False


def search_notes(
    text: str,
    *,
    filters: Filters,
    viewer_id: int | None,
    now: dt.datetime,
    cursor: str = "",
    exactly: bool = False,
) -> Found:
    """Return a page of notes for a clean line; `exactly` as typed, whatever it finds. Raises InvalidCursor.

    In this order: all words; the words that were meant; any of the words. What stands in quotes is meant
    as it stands: then there are no others. A cursor continues the way it came, since the same question
    is answered the same way from the same index.
    """
    question = ask(text)
    if not question.words:
        return Found(question, NOTHING, text)
    way = _Way(filters, viewer_id, now, cursor, newest_rule())
    notes = way.find(question)
    if exactly or question.phrases or (notes.total >= FEW) or (cursor and notes.note_ids):
        return Found(question, notes, text)
    mended = mend(text)
    shown = write_like(mended.text, typed=text) if mended else ""
    if notes.total:
        return Found(question, notes, text, offered=shown)
    if mended:
        meant = ask(mended.text)
        notes = way.find(meant)
        if notes.total:
            return Found(meant, notes, shown, is_mended=True)
    if len(question.words) > 1:
        question = ask(mended.text) if mended else question
        notes = way.find(question, any_word=True)
        return Found(question, notes, question.text, is_loose=bool(notes.total))
    return Found(question, notes, text)


@dataclass(frozen=True)
class _Way:
    filters: Filters
    viewer_id: int | None
    now: dt.datetime
    cursor: str
    rule: SearchRule

    def find(self, question: Question, *, any_word: bool = False) -> FoundNotes:
        return find_notes(
            question,
            filters=self.filters,
            viewer_id=self.viewer_id,
            now=self.now,
            cursor=self.cursor,
            any_word=any_word,
            rule=self.rule,
        )


def note_down(request: HttpRequest, *, text: str, found: int, now: dt.datetime) -> None:
    """Keep a search for the person who made it, and tell it as a fact: by them, or by nobody.

    Somebody who is signed out or asks not to be tracked is counted without a pseudonym; programs and
    pages fetched ahead are not counted at all.
    """
    visit = describe_visit(request, now=now)
    if visit.prefetch or is_robot(visit.user_agent):
        return
    if visit.signed_in:
        remember_search(person_id=visit.person_id, text=text, now=now)
    known = visit.signed_in and not visit.do_not_track
    enqueue(
        find_task(TELL),
        term=" ".join(fold(text).split()),
        found=found,
        person=visit.person if known else "",
        mark="" if known else secrets.token_hex(8),
        at=now.isoformat(),
    )
