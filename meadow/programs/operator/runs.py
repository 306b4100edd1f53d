"""Pages of dry runs: one version against everybody, two side by side, and the lists as files."""

from typing import Any, Final

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from meadow.core import clock
from meadow.core.errors import InvalidInput
from meadow.core.exports import Field, answer_csv
from meadow.programs.operator.boards import (
    list_shares,
    make_chart,
    make_figures,
    say_gap,
    say_load,
    say_run,
)
from meadow.programs.operator.frame import for_operators, show, show_work
from meadow.programs.queries import get_rule, list_rules
from meadow.programs.queries.dry_runs import FATES, DryRun, Fate, list_affected
from meadow.programs.queries.fairness import CUTS, By, Share, cut
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.kept_runs import begin_runs, find_run, forget_runs
from meadow.programs.wording import name_criterion

MOST_SHOWN: Final = 8
MOST_LINES: Final = 100_000


@for_operators("GET", "POST")
def dry(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show what a version would do to everybody, as of when it was worked out; POST does so again."""
    if request.method == "POST":
        forget_runs(slug=slug, numbers=[number])
        return redirect("operator_dry_run", slug=slug, number=number)
    found = begin_runs(slug=slug, numbers=[number], now=clock.now())
    if found is None:
        return show_work(request, slug=slug)
    run = found[0]
    names: dict[Fate, str] = {
        "enters": _("Who comes in"),
        "dropped": _("Who loses their place"),
        "near": _("Who just misses it"),
    }
    context = {
        "rule": get_rule(slug, number),
        "run": run,
        "figures": make_figures(run),
        "sentences": say_run(run),
        "load": say_load(run),
        "cuts": [_cut(run, by, slug) for by in CUTS],
        "lists": [_list(run, fate, name, slug) for fate, name in names.items()],
        "criteria": [name_criterion(one) for one in run.rule.criteria()],
        "most_lines": MOST_LINES,
        "others": [
            one
            for one in list_rules(find_program(slug).pk, with_drafts=True)
            if one.number != number and one.state != "retired"
        ],
    }
    return show(request, "dry_run", context, slug=slug)


@for_operators()
def people_csv(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Give one of a dry run's lists as a file: `who` is enters, dropped, near or back."""
    fate = _fate(request.GET.get("who", "enters"))
    run = find_run(slug=slug, number=number, now=clock.now())
    criteria = run.rule.criteria()
    header = [_("Handle"), _("Name"), _("Followers"), _("Region")]
    for one in criteria:
        header += [name_criterion(one), _("Missing: %(what)s") % {"what": name_criterion(one)}]
    rows: list[list[Field]] = []
    for line in list_affected(run, fate=fate, most=MOST_LINES):
        row: list[Field] = [
            line.person.handle,
            line.person.name,
            line.followers,
            line.region,
        ]
        for one in criteria:
            row += [line.values[one.key], line.gaps[one.key]]
        rows.append(row)
    return answer_csv(name=f"{slug}-v{number}-{fate}", header=header, rows=rows)


@for_operators()
def groups_csv(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Give a dry run by groups as a file: `by` is joined, region, age or followers."""
    by = _by(request.GET.get("by", "joined"))
    found = cut(find_run(slug=slug, number=number, now=clock.now()), by)
    header = [found.name, _("People"), _("In now"), _("Come in"), _("Lose their place")]
    header += [_("Just miss it"), _("In after"), _("Share"), _("Share from"), _("Share to")]
    rows: list[list[Field]] = [
        [
            one.label,
            one.people,
            one.inside,
            one.enters,
            one.dropped,
            one.near,
            one.inside_after,
            *_shares(one.share),
        ]
        for one in found.groups
    ]
    return answer_csv(name=f"{slug}-v{number}-{by}", header=header, rows=rows)


@for_operators("GET", "POST")
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show two versions side by side, held against the same people at the same moment."""
    asked = [_number(request.GET.get(name, ""), name) for name in ("a", "b")]
    if request.method == "POST":
        forget_runs(slug=slug, numbers=asked)
        return redirect(request.get_full_path())
    found = begin_runs(slug=slug, numbers=asked, now=clock.now())
    if found is None:
        return show_work(request, slug=slug)
    one, other = found
    both = one.inside_after & other.inside_after
    context = {
        "sides": [
            {
                "rule": get_rule(slug, run.number),
                "figures": make_figures(run),
                "sentences": say_run(run),
                "load": say_load(run),
                "only": int(np.sum(run.inside_after & ~both)),
            }
            for run in (one, other)
        ],
        "both": int(both.sum()),
        "run": one,
    }
    return show(request, "compare", context, slug=slug)


def _cut(run: DryRun, by: By, slug: str) -> dict[str, Any]:
    found = cut(run, by)
    csv_url = reverse("operator_groups_csv", args=[slug, run.number]) + f"?by={by}"
    return {
        "cut": found,
        "chart": make_chart(found, csv_url=csv_url),
        "shares": list_shares(found.groups),
        "gap": say_gap(found),
    }


def _list(run: DryRun, fate: Fate, name: str, slug: str) -> dict[str, Any]:
    lines = list_affected(run, fate=fate, most=MOST_SHOWN)
    keys = [one.key for one in run.rule.criteria()]
    return {
        "name": name,
        "fate": fate,
        "count": int(run.masks[fate].sum()),
        "lines": [(line.person, [line.values[key] for key in keys]) for line in lines],
        "csv_url": reverse("operator_people_csv", args=[slug, run.number]) + f"?who={fate}",
    }


def _shares(share: Share | None) -> list[Field]:
    if share is None:
        return [None, None, None]
    return [round(share.value, 6), round(share.low, 6), round(share.high, 6)]


def _fate(word: str) -> Fate:
    for fate in FATES:
        if fate == word:
            return fate
    raise InvalidInput(fields={"who": [", ".join(FATES)]})


def _by(word: str) -> By:
    for by in CUTS:
        if by == word:
            return by
    raise InvalidInput(fields={"by": [", ".join(CUTS)]})


def _number(word: str, name: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 6:
        raise InvalidInput(fields={name: [_("Choose a version of the rule.")]})
    return int(word)
