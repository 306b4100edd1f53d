"""From a dry run to what its page draws: sentences, headline figures, chart cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.core.charts import Cell, Chart, Column, Row
from meadow.programs.queries.dry_runs import DryRun
from meadow.programs.queries.fairness import Cut, GroupLine, Share

BLOCK_NAMES: Final[dict[str, str | Promise]] = {
    "program_closed": gettext_lazy("the program is switched off"),
    "not_built": gettext_lazy("what it opens is not built yet"),
    "program_paused": gettext_lazy("the program is paused"),
    "region_not_open": gettext_lazy("it is not open in their region"),
    "stage": gettext_lazy("its stage has not reached them"),
    "needs_application": gettext_lazy("they have to apply"),
    "needs_invitation": gettext_lazy("they need an invitation"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure of a dry run."""

    key: str
    name: str
    value: int
    text: str
    beside: str = ""


def make_figures(run: DryRun) -> list[Figure]:
    """Return what would become of everybody, the changes first."""
    tally = run.tally
    waits = (
        ngettext(
            "%(count)s more joins the waitlist", "%(count)s more join the waitlist", tally.waits
        )
        % {"count": _count(tally.waits)}
        if tally.waits
        else ""
    )
    grace = run.crowd.program.grace_days
    graceful = (
        ngettext("after %(days)s day of grace", "after %(days)s days of grace", grace)
        % {"days": grace}
        if tally.dropped and grace
        else ""
    )
    near = _("one criterion, at most a tenth away") if tally.near else ""
    kept = ngettext("%(count)s person in all", "%(count)s people in all", tally.people) % {
        "count": _count(tally.people)
    }
    return [
        Figure("seated", _("Come in"), tally.seated, _count(tally.seated), waits),
        Figure("dropped", _("Lose their place"), tally.dropped, _count(tally.dropped), graceful),
        Figure("near", _("Just miss it"), tally.near, _count(tally.near), near),
        Figure("unchanged", _("Unchanged"), tally.unchanged, _count(tally.unchanged), kept),
    ]


def say_run(run: DryRun) -> list[str]:
    """Return a dry run in sentences, the most important first."""
    tally, said = run.tally, []
    said.append(
        ngettext(
            "%(after)s of %(people)s person meets this rule; %(before)s meet the one in force.",
            "%(after)s of %(people)s people meet this rule; %(before)s meet the one in force.",
            tally.people,
        )
        % {
            "after": _count(tally.met_after),
            "people": _count(tally.people),
            "before": _count(tally.met_before),
        }
    )
    said.append(
        _("%(now)s are in now; %(after)s would be, once grace periods are over.")
        % {"now": _count(tally.inside), "after": _count(tally.inside_after)}
    )
    if tally.back:
        said.append(
            ngettext(
                "%(count)s person in a grace period would be in for good again.",
                "%(count)s people in a grace period would be in for good again.",
                tally.back,
            )
            % {"count": _count(tally.back)}
        )
    if tally.lapses:
        said.append(
            ngettext(
                "%(count)s person would leave the waitlist.",
                "%(count)s people would leave the waitlist.",
                tally.lapses,
            )
            % {"count": _count(tally.lapses)}
        )
    said += [
        ngettext(
            "%(count)s person meets it and stays out, because %(why)s.",
            "%(count)s people meet it and stay out, because %(why)s.",
            count,
        )
        % {"count": _count(count), "why": BLOCK_NAMES[code]}
        for code, count in run.held_back.items()
    ]
    return said


def say_load(run: DryRun) -> list[tuple[str, str, str]]:
    """Return what stands behind the door now and then: a name, a figure now, a figure after."""
    load, tally = run.load, run.tally
    return [
        (_("People in"), _count(tally.inside), _count(tally.inside_after)),
        (
            _("Notes they published in the last 28 days"),
            _count(load.notes_now),
            _count(load.notes_after),
        ),
        (
            _("Followers they have, added up"),
            _count(load.followers_now),
            _count(load.followers_after),
        ),
        (_("Notices sent when it comes into force"), "–", _count(tally.notices)),
    ]


def make_chart(found: Cut, *, csv_url: str) -> Chart:
    """Return who comes in and who goes, by group, as a chart card."""
    return Chart(
        id=found.by,
        kind="bars",
        title=say_cut(found),
        text=_("%(name)s: who comes in, who loses their place") % {"name": found.name},
        heading=found.name,
        columns=[
            Column(_("Come in"), "count", "gain"),
            Column(_("Lose their place"), "count", "loss"),
        ],
        rows=[
            Row(
                label=one.label,
                short=one.short,
                cells=[_cell(one.enters), _cell(one.dropped)],
            )
            for one in found.groups
        ],
        csv_url=csv_url,
    )


def say_cut(found: Cut) -> str:
    """Return what a cut shows, in a sentence."""
    enters = sum(one.enters for one in found.groups)
    dropped = sum(one.dropped for one in found.groups)
    if not enters and not dropped:
        return _("%(name)s: nobody comes in and nobody loses their place") % {"name": found.name}
    most = max(found.groups, key=lambda one: one.enters if enters >= dropped else one.dropped)
    said = {"name": found.name, "label": most.label}
    if enters >= dropped:
        share = _share(most.enters / enters)
        return _("%(name)s: %(share)s of those who come in are “%(label)s”") % {
            **said,
            "share": share,
        }
    return _("%(name)s: %(share)s of those who lose their place are “%(label)s”") % {
        **said,
        "share": _share(most.dropped / dropped),
    }


def say_gap(found: Cut) -> str:
    """Return whether shares surely differ between groups, in a sentence."""
    if found.gap is None:
        return _("No two groups differ by more than chance would explain.")
    most, least = found.gap
    return _(
        "Of “%(most)s”, %(high)s would be in; of “%(least)s”, %(low)s. Chance does not explain that."
    ) % {
        "most": most.label,
        "high": _share(most.share.value) if most.share else "–",
        "least": least.label,
        "low": _share(least.share.value) if least.share else "–",
    }


def say_share(share: Share | None) -> str:
    """Return a share with its interval, or that there are too few people."""
    if share is None:
        return _("too few")
    return _("%(share)s (%(low)s–%(high)s)") % {
        "share": _share(share.value),
        "low": _share(share.low),
        "high": _share(share.high),
    }


def list_shares(groups: Sequence[GroupLine]) -> list[tuple[GroupLine, str, str]]:
    """Return each group with its share in now and after, in words."""
    return [(one, say_share(one.share_before), say_share(one.share)) for one in groups]


def _cell(value: int) -> Cell:
    return Cell(value, _count(value))


def _count(value: int) -> str:
    return f"{value:,}"


def _share(part: float) -> str:
    points = part * 100
    digits = 0 if points >= 10 or points == 0 else (1 if points >= 1 else 2)
    return _("%(number)s%%") % {"number": number_format(round(points, digits), digits)}
