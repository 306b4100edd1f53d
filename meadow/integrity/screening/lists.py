"""The list in force, by process and version; its rules and changes for the operator."""

from typing import Any, Final

from django.db.models import Max

from meadow.accounts.queries import get_people
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.integrity.errors import ScreenRuleMissing
from meadow.integrity.models import ScreenChange, ScreenRule
from meadow.integrity.screening.matching import ListRule, WordList
from meadow.integrity.screening.records import ChangeRecord, RuleRecord

PAGE_SIZE: Final = 50
# The version that this process has ready. Two threads that make it at once make the same.
_ready: tuple[int, WordList] = (0, WordList([]))


def version() -> int:
    """Return the version of the list: its newest change, 0 for none."""
    return ScreenChange.objects.aggregate(newest=Max("pk"))["newest"] or 0


def word_list() -> WordList:
    """Return the rules in force, made ready anew when the list has changed since."""
    global _ready
    newest = version()
    if newest != _ready[0]:
        _ready = (newest, WordList([list_rule(row) for row in _in_force()]))
    return _ready[1]


def list_rule(row: ScreenRule) -> ListRule:
    """Return a stored rule as it is compiled."""
    return ListRule(
        public_id=row.public_id,
        kind=row.kind,  # type: ignore[arg-type] # a constraint of the table
        pattern=row.pattern,
        action=row.action,  # type: ignore[arg-type] # a constraint of the table
        scopes=tuple(row.scopes),
        rule=row.rule,
    )


def list_rules(
    *, retired: bool = False, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[RuleRecord]:
    """Return one page of the rules in force, or of the retired ones, newest first.

    Raises InvalidCursor.
    """
    rows = ScreenRule.objects.filter(retired_at__isnull=not retired)
    if cursor is not None:
        rows = rows.filter(pk__lt=_before(cursor))
    found = list(rows.order_by("-pk")[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=_rules(found[:size]), next_cursor=more)


def get_rule_record(*, public_id: str) -> RuleRecord:
    """Return one rule. Raises ScreenRuleMissing."""
    rows = list(ScreenRule.objects.filter(public_id=public_id))
    if not rows:
        raise ScreenRuleMissing
    return _rules(rows)[0]


def list_changes(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[ChangeRecord]:
    """Return one page of the change log, newest first. Raises InvalidCursor."""
    rows = ScreenChange.objects.select_related("rule")
    if cursor is not None:
        rows = rows.filter(pk__lt=_before(cursor))
    found = list(rows.order_by("-pk")[: size + 1])
    people = get_people({row.operator_id for row in found})
    return Page(
        items=[
            ChangeRecord(
                rule_id=row.rule.public_id,
                kind=row.rule.kind,
                pattern=row.rule.pattern,
                what=row.what,
                note=row.note,
                handle=people[row.operator_id].handle if row.operator_id in people else "",
                changed_at=row.changed_at,
            )
            for row in found[:size]
        ],
        next_cursor=encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None,
    )


def _in_force() -> list[ScreenRule]:
    return list(ScreenRule.objects.filter(retired_at__isnull=True).order_by("pk"))


def _rules(rows: list[ScreenRule]) -> list[RuleRecord]:
    added: dict[Any, ScreenChange] = {
        change.rule_id: change
        for change in ScreenChange.objects.filter(rule__in=rows, what="added")
    }
    people = get_people({change.operator_id for change in added.values()})
    return [
        RuleRecord(
            public_id=row.public_id,
            kind=row.kind,
            pattern=row.pattern,
            action=row.action,
            scopes=tuple(row.scopes),
            rule=row.rule,
            added_by=people[added[row.pk].operator_id].handle
            if row.pk in added and added[row.pk].operator_id in people
            else "",
            note=added[row.pk].note if row.pk in added else "",
            created_at=row.created_at,
            retired_at=row.retired_at,
        )
        for row in rows
    ]


def _before(cursor: str) -> int:
    before = decode_cursor(cursor).get("before")
    if not isinstance(before, int):
        raise InvalidCursor
    return before
