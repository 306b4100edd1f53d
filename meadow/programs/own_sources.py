"""The figures that programs keep itself: an operator's grants, and evidence that others push."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from django.db import connection
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.core.columns import read_columns
from meadow.programs.evidence import Evidence, Item, is_pushed
from meadow.programs.metrics import Column, Metric, Params, ParamSpec, register_metric
from meadow.programs.models import Grant, PushedEvidence
from meadow.programs.sources import say_flag

AGENCY_SIGNED: Final = "agency_signed"
# A row holds until the moment it ends; at that moment it does no more.
_GRANTED: Final = """
FROM programs_grant g JOIN programs_program p ON p.id = g.program_id
WHERE p.slug = %(program)s AND g.revoked_at IS NULL AND g.granted_at <= %(now)s
  AND (g.until IS NULL OR g.until > %(now)s)
"""
_PUSHED: Final = """
FROM programs_pushedevidence e
WHERE e.name = %(name)s AND e.pushed_at <= %(now)s
  AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
"""


class GrantSource:
    """Whether an operator granted somebody a program."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return 1 for each of a few people who hold a grant."""
        statement = f"SELECT g.person_id, 1 {_GRANTED} AND g.person_id = ANY(%(ids)s)"
        return _few(statement, params, now, person_ids)

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return 1 for everybody who holds a grant."""
        statement = f"SELECT DISTINCT g.person_id::bigint, 1::bigint {_GRANTED}"
        return _many(statement, params, now)

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return the grants that hold, with the operator's reason."""
        rows = Grant.objects.filter(
            person_id=person_id,
            program__slug=str(params["program"]),
            revoked_at__isnull=True,
            granted_at__lte=now,
        ).order_by("granted_at")
        items = [_item(row.reason, value=1, ends=row.until, now=now) for row in rows]
        return _of_items(items, value=int(any(item.counts for item in items)))

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when grants end."""
        statement = (
            f"SELECT g.person_id::bigint, {_micros('max(g.until)')} {_GRANTED}"
            " AND (%(everybody)s OR g.person_id = ANY(%(ids)s))"
            " GROUP BY g.person_id HAVING bool_and(g.until IS NOT NULL)"
        )
        return _many(statement, params, now, person_ids)


class PushedSource:
    """What another package pushed under a name, such as a course that was passed."""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the newest values of a few people."""
        statement = f"SELECT e.person_id, e.value {_PUSHED} AND e.person_id = ANY(%(ids)s)"
        return _few(statement, params, now, person_ids)

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the newest values of everybody who has one."""
        return _many(
            f"SELECT e.person_id::bigint, e.value::bigint {_PUSHED}",
            params,
            now,
        )

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return what was pushed, with the words and address that came with it."""
        rows = PushedEvidence.objects.filter(
            person_id=person_id, name=str(params["name"]), pushed_at__lte=now
        )
        items = [
            _item(row.title or row.name, url=row.url, value=row.value, ends=row.expires_at, now=now)
            for row in rows
        ]
        return _of_items(items, value=sum(item.value for item in items if item.counts))

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when values expire."""
        statement = (
            f"SELECT e.person_id::bigint, {_micros('e.expires_at')} {_PUSHED}"
            " AND e.expires_at IS NOT NULL"
            " AND (%(everybody)s OR e.person_id = ANY(%(ids)s))"
        )
        return _many(statement, params, now, person_ids)


class SignedSource(PushedSource):
    """Whether what is pushed under one name says yes: anything above 0."""

    name: Final = AGENCY_SIGNED

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return 1 for each of a few people of whom it says yes."""
        found = super().values(person_ids=person_ids, params=self._named(), now=now)
        return {person: int(value > 0) for person, value in found.items()}

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return 1 for everybody of whom it says yes."""
        found = super().column(params=self._named(), now=now)
        return Column(ids=found.ids, values=(found.values > 0).astype(np.int64))

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return what was pushed, with the words and address that came with it."""
        found = super().evidence(person_id=person_id, params=self._named(), now=now)
        items = tuple(replace(item, counts=item.counts and item.value > 0) for item in found.items)
        return replace(found, value=int(found.value > 0), items=items)

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when it expires."""
        return super().changes(person_ids=person_ids, params=self._named(), now=now)

    def _named(self) -> Params:
        return {"name": self.name}


def register_own() -> None:
    """Register the metrics whose figures programs keeps."""
    register_metric(
        Metric(
            key="grant",
            unit="flag",
            name=gettext_lazy("Manual grant"),
            definition=gettext_lazy("Whether an operator granted the person this program."),
            source=gettext_lazy("Operators, each with a reason that the person can read."),
            provenance=gettext_lazy("A decision by hand; it ends when it is revoked or over."),
            phrase=say_flag(
                gettext_lazy("a grant by an operator"), gettext_lazy("no grant by an operator")
            ),
            params={"program": ParamSpec(kind="text", name=gettext_lazy("Program"))},
        ),
        GrantSource(),
    )
    register_metric(
        Metric(
            key="evidence",
            unit="points",
            name=gettext_lazy("Evidence from elsewhere"),
            definition=gettext_lazy("The newest value that another part of Meadow recorded."),
            source=gettext_lazy(
                "The part of Meadow that knows it, such as a course that was passed."
            ),
            provenance=gettext_lazy("Recorded by Meadow itself, never by the person."),
            phrase=_evidence,
            params={"name": ParamSpec(kind="text", name=gettext_lazy("Name"))},
        ),
        PushedSource(),
    )
    register_metric(
        Metric(
            key="agency_signed",
            unit="flag",
            name=gettext_lazy("Signed with an agency"),
            definition=gettext_lazy(
                "Whether an agency that this community knows represents the person."
            ),
            source=gettext_lazy("The part of Meadow that keeps agencies and their contracts."),
            provenance=lazy(_who_knows_agencies, str)(),
            phrase=say_flag(
                gettext_lazy("a contract with an agency"),
                gettext_lazy("no contract with an agency"),
            ),
        ),
        SignedSource(),
    )


def _who_knows_agencies() -> str:
    if is_pushed(AGENCY_SIGNED):
        return _("Recorded by Meadow when both sides have signed, never by the person alone.")
    return _("No part of this community records it yet: it is no for everybody.")


def _evidence(count: int, params: Params) -> str:
    name = params.get("name", "")
    if count == 0:
        return _("no points in “%(name)s”") % {"name": name}
    said = ngettext("%(count)s point in “%(name)s”", "%(count)s points in “%(name)s”", count)
    return said % {"count": f"{count:,}", "name": name}


def _item(
    title: str, *, value: int, ends: dt.datetime | None, now: dt.datetime, url: str = ""
) -> Item:
    holds = ends is None or ends > now
    return Item(
        title=title,
        url=url,
        value=value,
        counts=holds,
        reason="" if holds else "over",
        leaves_at=ends,
    )


def _of_items(items: list[Item], *, value: int) -> Evidence:
    counting = sorted((one for one in items if one.counts), key=lambda one: str(one.leaves_at))
    ends = [one.leaves_at for one in counting if one.leaves_at is not None]
    return Evidence(
        value=value,
        items=(*counting, *(one for one in items if not one.counts)),
        # While one of them has no end, time alone changes nothing.
        changes_at=max(ends) if ends and len(ends) == len(counting) else None,
    )


def _bindings(
    params: Params, now: dt.datetime, person_ids: Collection[int] | None
) -> dict[str, Any]:
    people = {"everybody": person_ids is None, "ids": list(person_ids or ())}
    return {"now": now, **people, **params}


def _few(statement: str, params: Params, now: dt.datetime, ids: Sequence[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _bindings(params, now, ids))
        return dict(cursor.fetchall())


def _many(
    statement: str, params: Params, now: dt.datetime, ids: Collection[int] | None = None
) -> Column:
    found, values = read_columns(statement, _bindings(params, now, ids), columns=2)
    return Column(ids=found, values=np.asarray(values, dtype=np.int64))


def _micros(moment: str) -> str:
    return f"(extract(epoch from {moment}) * 1000000)::bigint"
