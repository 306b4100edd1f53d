"""The record of violations as a figure that rules weigh; integrity keeps it."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.integrity import measures
from meadow.integrity.queries import count_open, list_broken, list_violations, open_person_ids
from meadow.integrity.rulebook import get_rule
from meadow.programs.evidence import MOMENT, MOST_ITEMS, Evidence, Item
from meadow.programs.metrics import Column, Metric, Params, ParamSpec, register_metric
from meadow.programs.sources import NOBODY
from meadow.programs.wording import register_reason, say_window


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
        broken, value = list_broken(person_id, most=MOST_ITEMS)
        items = (
            Item(
                title=str(get_rule(one.rule).name),
                url=reverse("my_record"),
                value=1,
                counts=one.is_open,
                reason="" if one.is_open else "violation_closed",
            )
            for one in broken
        )
        return Evidence(value=value, items=tuple(items))

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return nobody: a violation is closed by a person, not by time."""
        return NOBODY


class RecordedSource:
    """How many violations were recorded about somebody lately, closed or not, but for mistakes."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the recorded violations of a few people."""
        return measures.count_recorded(person_ids, within_days=_days(params), now=now)

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the recorded violations of everybody who has one."""
        ids, counts = measures.count_recorded_of_all(within_days=_days(params), now=now)
        return Column(ids=ids, values=counts)

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return the violations that were recorded, which of them count, and until when."""
        days = _days(params)
        window = dt.timedelta(days=days)
        items = []
        for one in list_violations(person_id=person_id, size=100).items:
            if one.opened_at > now:
                continue
            reason = ""
            if one.closed is not None and one.closed.reason == "mistaken":
                reason = "violation_mistaken"
            elif days and now - one.opened_at > window:
                reason = "over"
            items.append(
                Item(
                    title=str(get_rule(one.rule).name),
                    url=reverse("my_record"),
                    value=1,
                    counts=not reason,
                    reason=reason,
                    leaves_at=one.opened_at + window if days else None,
                )
            )
        leaving = [one.leaves_at for one in items if one.counts and one.leaves_at is not None]
        value = measures.count_recorded([person_id], within_days=days, now=now)
        return Evidence(
            value=value.get(person_id, 0),
            items=tuple(sorted(items, key=lambda item: (not item.counts, str(item.leaves_at)))),
            changes_at=min(leaving) + MOMENT if leaving else None,
        )

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when the next violation is too old to count."""
        ids, moments = measures.next_forgotten(person_ids, within_days=_days(params), now=now)
        return Column(ids=ids, values=moments)


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
    register_metric(
        Metric(
            key="violations_recorded",
            unit="violations",
            name=gettext_lazy("Recorded violations"),
            definition=gettext_lazy(
                "Violations of the rules that were recorded about the person, closed or not. With a"
                " window, one counts up to and including the moment at which it is that many times"
                " 24 hours old."
            ),
            source=gettext_lazy("What moderators recorded; the person can read each."),
            provenance=gettext_lazy("A moderator's record; what was a mistake never counts."),
            phrase=_recorded,
            params={
                "within_days": ParamSpec(
                    kind="number",
                    name=gettext_lazy("Days a violation counts (0: always)"),
                    default=0,
                    most=3650,
                )
            },
        ),
        RecordedSource(),
    )
    register_reason("violation_closed", _closed)
    register_reason("violation_mistaken", _mistaken)


def _violations(count: int, params: Params) -> str:
    if count == 0:
        return _("no open violations")
    return ngettext("%(count)s open violation", "%(count)s open violations", count) % {
        "count": f"{count:,}"
    }


def _recorded(count: int, params: Params) -> str:
    window = say_window(_days(params))
    if count == 0:
        return _("no recorded violations%(window)s") % {"window": window}
    said = ngettext(
        "%(count)s recorded violation%(window)s",
        "%(count)s recorded violations%(window)s",
        count,
    )
    return said % {"count": f"{count:,}", "window": window}


def _days(params: Params) -> int:
    days = params.get("within_days", 0)
    return days if isinstance(days, int) else 0


def _mistaken(params: Params) -> str:
    return _("It was a mistake and is closed.")


def _closed(params: Params) -> str:
    return _("It is closed.")
