"""Holding texts against the list: refused in plain words, or shown to somebody who keeps order."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.decisions.records import BY_RULE
from meadow.integrity.errors import WordsRefused
from meadow.integrity.models import Action
from meadow.integrity.moderation.reporting import keep_snapshot, open_inquiry, reweigh
from meadow.integrity.moderation.restricting import restrict, standing_restriction
from meadow.integrity.moderation.subjects import SubjectKind, can_hide, look_at
from meadow.integrity.moderation.weighing import terms_in_force
from meadow.integrity.screening.lists import word_list
from meadow.integrity.screening.matching import Match, Scope

# A refusal names so many, and a statement of reasons too.
MOST_NAMED: Final = 5


def screen(*, text: str, scope: Scope) -> list[Match]:
    """Return what the list in force finds in a text, in the order in which it stands there."""
    return word_list().find(text, scope=scope)


def check_words(*, texts: Mapping[Scope, str]) -> list[Match]:
    """Return what is to be held or flagged in these texts, for `act_on` once they are stored.

    Raises WordsRefused, which names every word that is not accepted.
    """
    words = word_list()
    found = [match for scope, text in texts.items() for match in words.find(text, scope=scope)]
    refused = [match.word for match in found if match.action == "refuse"]
    if refused:
        raise WordsRefused(words=quote_words(refused))
    return found


def check_name(place: Scope, text: str) -> None:
    """Refuse a handle or profile that holds a blocked word. Raises WordsRefused."""
    check_words(texts={place: text})


@transaction_required
def act_on(*, kind: SubjectKind, public_id: str, found: Sequence[Match], now: dt.datetime) -> None:
    """Put what was found before those who keep order, and hold back what is to be held.

    A step of the transaction that stored the text. What is held is hidden by a decision of its own,
    which its author can read and appeal against; a moderator who leaves it shows it again.
    """
    seen = look_at(kind=kind, public_id=public_id) if found else None
    if seen is None:
        return
    inquiry = open_inquiry(seen, now=now)
    keep_snapshot(inquiry, seen.content(), now=now)
    inquiry.found = [
        {"rule": match.rule_id, "word": match.word[:100], "scope": match.scope} for match in found
    ][:20]
    inquiry.last_at = now
    inquiry.save(update_fields=["found", "last_at"])
    reweigh(inquiry, reach=seen.reach, terms=terms_in_force(), now=now)
    held = [match for match in found if match.action == "hold"]
    if held and can_hide(kind) and standing_restriction(inquiry, now=now) is None:
        action = Action(
            public_id=new_id("x"),
            inquiry=inquiry,
            kind=Action.Kind.HIDE,
            rule=held[0].rule,
            words=quote_words([match.word for match in held]),
            done_at=now,
        )
        restrict(inquiry, action, decided_by=BY_RULE, now=now)


def quote_words(words: Sequence[str]) -> str:
    """Return words in quotation marks, each once."""
    named = list(dict.fromkeys(words))[:MOST_NAMED]
    return _(", ").join(f"“{word}”" for word in named)
