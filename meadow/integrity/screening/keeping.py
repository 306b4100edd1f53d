"""Adding and retiring rules of screening, and looking first at what one would have caught."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Final

from django.db import IntegrityError, connection

from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.integrity.errors import (
    ScreenRuleExists,
    ScreenRuleMissing,
    ScreenRuleRetired,
    ScreenRuleUnusable,
)
from meadow.integrity.models import ScreenChange, ScreenRule
from meadow.integrity.rulebook import RuleCode
from meadow.integrity.screening.folding import fold_text
from meadow.integrity.screening.matching import (
    ActionCode,
    Kind,
    ListRule,
    Scope,
    WordList,
    split_link,
)
from meadow.integrity.screening.records import DryRun, Sample
from meadow.integrity.screening.texts import recent

# How many texts of a scope a dry run looks at, how many it shows, and how much around the word.
TEXTS_A_SCOPE: Final = 2000
SAMPLES: Final = 10
AROUND: Final = 40
# Names belong to people, not to moderation: they can be refused and nothing else.
NAMES: Final[frozenset[Scope]] = frozenset({"handle", "profile"})


def add_rule(
    *,
    kind: Kind,
    pattern: str,
    action: ActionCode,
    scopes: Collection[Scope],
    rule: RuleCode,
    note: str,
    operator_id: int,
    now: dt.datetime,
) -> str:
    """Put a rule in force in every process with its next text; returns its public id.

    Raises ScreenRuleUnusable for a pattern that finds nothing or everything, or a name that is to
    be held or flagged; ScreenRuleExists.
    """
    wanted = check_rule(kind=kind, pattern=pattern, action=action, scopes=scopes, rule=rule)
    with transaction():
        _lock_list()
        try:
            with savepoint():
                row = ScreenRule.objects.create(
                    public_id=new_id("w"),
                    kind=wanted.kind,
                    pattern=wanted.pattern,
                    action=wanted.action,
                    scopes=list(wanted.scopes),
                    rule=wanted.rule,
                    created_at=now,
                )
        except IntegrityError as twice:
            raise ScreenRuleExists from twice
        ScreenChange.objects.create(
            rule=row, what="added", operator_id=operator_id, note=note, changed_at=now
        )
    return row.public_id


def retire_rule(*, public_id: str, note: str, operator_id: int, now: dt.datetime) -> None:
    """Take a rule out of force; it stays in the log. Raises ScreenRuleMissing, ScreenRuleRetired."""
    with transaction():
        _lock_list()
        row = ScreenRule.objects.filter(public_id=public_id).first()
        if row is None:
            raise ScreenRuleMissing
        if row.retired_at is not None:
            raise ScreenRuleRetired
        row.retired_at = now
        row.save(update_fields=["retired_at"])
        ScreenChange.objects.create(
            rule=row, what="retired", operator_id=operator_id, note=note, changed_at=now
        )


def check_rule(
    *, kind: Kind, pattern: str, action: ActionCode, scopes: Collection[Scope], rule: RuleCode
) -> ListRule:
    """Return a rule as it would be in force. Raises ScreenRuleUnusable."""
    if kind == "link":
        host, path = split_link(pattern)
        if "." not in host.strip(".") or " " in host:
            raise ScreenRuleUnusable
        folded = host + path
    else:
        folded = " ".join(fold_text(pattern, deep=kind == "disguised").split())
        letters = sum(letter.isalnum() for letter in folded)
        # One Latin letter would be found in every text; one Chinese character is a word.
        if not letters or (letters == 1 and folded.isascii()):
            raise ScreenRuleUnusable
    if not scopes or (action != "refuse" and NAMES & set(scopes)):
        raise ScreenRuleUnusable
    return ListRule(
        public_id="",
        kind=kind,
        pattern=folded[:100],
        action=action,
        scopes=tuple(sorted(set(scopes))),
        rule=rule,
    )


def try_rule(rule: ListRule) -> DryRun:
    """Look at what a rule would have caught among the newest texts of its scopes."""
    words = WordList([rule])
    looked_at = caught = 0
    samples: list[Sample] = []
    for scope in rule.scopes:
        for text in recent(scope, TEXTS_A_SCOPE):
            looked_at += 1
            found = words.find(text.text, scope=scope)
            if not found:
                continue
            caught += 1
            if len(samples) < SAMPLES:
                first = found[0]
                samples.append(
                    Sample(
                        scope=scope,
                        before=_tail(text.text[: first.start]),
                        word=first.word,
                        after=_head(text.text[first.end :]),
                        url=text.url,
                    )
                )
    return DryRun(looked_at=looked_at, caught=caught, samples=samples)


def _tail(text: str) -> str:
    return text if len(text) <= AROUND else f"…{text[-AROUND:]}"


def _head(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[:AROUND]}…"


@transaction_required
def _lock_list() -> None:
    """Let one change of the list in at a time, so that a later change never has a lower version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('integrity.screening', 0))")


def scopes_of(given: Sequence[str]) -> tuple[Scope, ...]:
    """Return scopes that a form or the API has checked already."""
    return tuple(given)  # type: ignore[arg-type] # chosen among SCOPES
