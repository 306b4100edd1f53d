"""The record of violations as a figure that rules weigh; integrity keeps it."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.integrity.queries import count_open, list_violations, open_person_ids
from meadow.integrity.rulebook import get_rule
from meadow.programs.evidence import Evidence, Item
from meadow.programs.metrics import Column, Metric, Params, register_metric
from meadow.programs.sources import NOBODY
from meadow.programs.wording import register_reason


class ViolationSource:
    """How many violations of the rules are recorded about somebody and not closed."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the open violations of a few people."""
        return count_open(person_ids)

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the open violations of everybody who has one."""
        ids, counts = open_person_ids()
        return Column(ids=ids, values=counts)

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return the violations that are open, and those that are closed and count no more."""
        found = list_violations(person_id=person_id, size=100).items
        items = sorted(
            (
                Item(
                    title=str(get_rule(one.rule).name),
                    url=reverse("my_record"),
                    value=1,
                    counts=one.closed is None,
                    reason="" if one.closed is None else "violation_closed",
                )
                for one in found
            ),
            key=lambda item: not item.counts,
        )
        value = count_open([person_id]).get(person_id, 0)
        return Evidence(value=value, items=tuple(items))

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return nobody: a violation is closed by a person, not by time."""
        return NOBODY


def register_violations() -> None:
    """Let rules ask for a clean record."""
    register_metric(
        Metric(
            key="open_violations",
            unit="violations",
            name=gettext_lazy("Open violations"),
            definition=gettext_lazy(
                "Violations of the rules that are recorded about the person and not closed."
            ),
            source=gettext_lazy("What moderators recorded; the person can read each."),
            provenance=gettext_lazy("A moderator's record, closed when it was served or mistaken."),
            phrase=_violations,
        ),
        ViolationSource(),
    )
    register_reason("violation_closed", _closed)


def _violations(count: int, params: Params) -> str:
    if count == 0:
        return _("no open violations")
    return ngettext("%(count)s open violation", "%(count)s open violations", count) % {
        "count": f"{count:,}"
    }


def _closed(params: Params) -> str:
    return _("It is closed.")
