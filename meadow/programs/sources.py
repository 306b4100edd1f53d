"""The figures of packages below: accounts' facts about a person. What notes know, notes registers."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from meadow.accounts import measures
from meadow.accounts.regions import is_region, region_name
from meadow.programs.evidence import Evidence, Item
from meadow.programs.metrics import (
    Column,
    Metric,
    Params,
    ParamSpec,
    Word,
    register_metric,
)

_DAY_MICROS: Final = 24 * 3600 * 10**6
_ACCOUNTS: Final = gettext_lazy("The account itself, as it stands at that moment.")
_OWN_WORD: Final = gettext_lazy("What the person says in their own settings.")
Phrase = Callable[[int, Params], str]
NOBODY: Final = Column(ids=np.empty(0, np.int64), values=np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class AccountFigure:
    """One of accounts' figures; `url` is where a person can see or mend it."""

    figure: str
    title: Word
    url: str = ""

    def values(
        self, *, person_ids: Sequence[int], params: Params, now: dt.datetime
    ) -> dict[int, int]:
        """Return the figures of a few people."""
        return measures.read_figure(
            self.figure, person_ids=person_ids, now=now, regions=_regions(params)
        )

    def column(self, *, params: Params, now: dt.datetime) -> Column:
        """Return the figures of everybody."""
        ids, values = measures.read_figure_of_all(self.figure, now=now, regions=_regions(params))
        return Column(ids=ids, values=values)

    def evidence(self, *, person_id: int, params: Params, now: dt.datetime) -> Evidence:
        """Return the figure as its own evidence."""
        value = self.values(person_ids=[person_id], params=params, now=now).get(person_id, 0)
        item = Item(title=str(self.title), url=self.url, value=value, counts=value > 0)
        changes = self.changes(person_ids=[person_id], params=params, now=now)
        return Evidence(value=value, items=(item,), changes_at=_moment(changes))

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return nobody: time alone changes none of these, but an age."""
        return NOBODY


@dataclass(frozen=True, slots=True)
class AccountAge(AccountFigure):
    """Whole days of 24 hours since somebody joined."""

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return when the next day is full."""
        joined = measures.read_joined(None if person_ids is None else list(person_ids))
        elapsed = np.maximum(_micros(now) - joined.at, 0)
        return Column(ids=joined.ids, values=joined.at + (elapsed // _DAY_MICROS + 1) * _DAY_MICROS)


@dataclass(frozen=True, slots=True)
class AgeInYears(AccountFigure):
    """Years of age that are surely full, by the year of birth alone."""

    def changes(
        self, *, person_ids: Collection[int] | None, params: Params, now: dt.datetime
    ) -> Column:
        """Return the next New Year (UTC) for all who said their year of birth."""
        new_year = dt.datetime(now.astimezone(dt.UTC).year + 1, 1, 1, tzinfo=dt.UTC)
        ids = measures.people_with_birth_year(None if person_ids is None else list(person_ids))
        return Column(ids=ids, values=np.full(len(ids), _micros(new_year), dtype=np.int64))


def register_accounts() -> None:
    """Register the metrics whose figures accounts keeps."""
    for metric, source in _metrics():
        register_metric(metric, source)


def _metrics() -> list[tuple[Metric, AccountFigure]]:
    """Return each metric with its source; a figure's key is the same in both."""
    return [
        *_counts(),
        *_flags(),
        (
            Metric(
                key="account_age_days",
                unit="days",
                name=gettext_lazy("Days since joining"),
                definition=gettext_lazy(
                    "Whole days of 24 hours since the person joined, to the second."
                ),
                source=_ACCOUNTS,
                provenance=gettext_lazy("The moment of joining never changes."),
                phrase=_counted(
                    gettext_lazy("no full day since joining"),
                    ngettext_lazy(
                        "%(count)s day since joining", "%(count)s days since joining", "number"
                    ),
                ),
                grows_daily=True,
            ),
            AccountAge("account_age_days", gettext_lazy("Days since joining")),
        ),
        (
            Metric(
                key="age_years",
                unit="years",
                name=gettext_lazy("Age"),
                definition=gettext_lazy(
                    "Years of age, by the year of birth alone: a year counts once it is surely full."
                ),
                source=_OWN_WORD,
                provenance=gettext_lazy("Self-declared; who does not say it counts as 0."),
                phrase=_counted(
                    gettext_lazy("no year of birth"),
                    ngettext_lazy("%(count)s year of age", "%(count)s years of age", "number"),
                ),
            ),
            AgeInYears("age_years", gettext_lazy("Year of birth"), "/settings/profile"),
        ),
        (
            Metric(
                key="region_in",
                unit="flag",
                name=gettext_lazy("Region"),
                definition=gettext_lazy(
                    "Whether the person says that they live in one of these regions."
                ),
                source=_OWN_WORD,
                provenance=gettext_lazy("Self-declared; who does not say it is in none."),
                phrase=_region,
                params={
                    "regions": ParamSpec(
                        kind="list", name=gettext_lazy("Regions"), is_known=is_region
                    )
                },
            ),
            AccountFigure("region_in", gettext_lazy("Region"), "/settings/profile"),
        ),
    ]


def _counts() -> Iterator[tuple[Metric, AccountFigure]]:
    """Yield what is counted of people, by the relation that is counted."""
    for key, name, definition, phrase in (
        (
            "followers",
            gettext_lazy("Followers"),
            gettext_lazy("How many people follow the person now."),
            _counted(
                gettext_lazy("no followers"),
                ngettext_lazy("%(count)s follower", "%(count)s followers", "number"),
            ),
        ),
        (
            "following",
            gettext_lazy("Following"),
            gettext_lazy("How many people the person follows now."),
            _counted(
                gettext_lazy("no followed people"),
                ngettext_lazy("%(count)s followed person", "%(count)s followed people", "number"),
            ),
        ),
    ):
        metric = Metric(
            key=key,
            unit="people",
            name=name,
            definition=definition,
            source=_ACCOUNTS,
            provenance=gettext_lazy(
                "Counted with every follow and unfollow, whoever it comes from."
            ),
            phrase=phrase,
        )
        yield metric, AccountFigure(key, name)


def _flags() -> Iterator[tuple[Metric, AccountFigure]]:
    """Yield what an account has or has not; the last is what its owner reads on the page."""
    for key, name, definition, provenance, yes, no, title, url in (
        (
            "has_photo",
            gettext_lazy("Profile photo"),
            gettext_lazy("Whether the profile shows a photo."),
            _ACCOUNTS,
            gettext_lazy("a profile photo"),
            gettext_lazy("no profile photo"),
            gettext_lazy("Profile photo"),
            "/settings/profile",
        ),
        (
            "has_bio",
            gettext_lazy("Words about oneself"),
            gettext_lazy("Whether the profile says something about the person."),
            _ACCOUNTS,
            gettext_lazy("words about oneself"),
            gettext_lazy("no words about oneself"),
            gettext_lazy("Words about yourself"),
            "/settings/profile",
        ),
        (
            "email_verified",
            gettext_lazy("Confirmed e-mail address"),
            gettext_lazy("Whether the e-mail address of the account was confirmed by its letter."),
            gettext_lazy("Confirmed by opening the link that was sent there."),
            gettext_lazy("a confirmed e-mail address"),
            gettext_lazy("no confirmed e-mail address"),
            gettext_lazy("E-mail address"),
            "/settings/account",
        ),
    ):
        metric = Metric(
            key=key,
            unit="flag",
            name=name,
            definition=definition,
            source=_ACCOUNTS if key == "email_verified" else _OWN_WORD,
            provenance=provenance,
            phrase=say_flag(yes, no),
        )
        yield metric, AccountFigure(key, title, url)


def _counted(none: Word, some: Word) -> Phrase:
    """Return what says so many of something: `some` has the plural of `number`."""

    def phrase(count: int, params: Params) -> str:
        return str(some % {"count": f"{count:,}", "number": count}) if count else str(none)

    return phrase


def say_flag(yes: Word, no: Word) -> Phrase:
    """Return what says whether something is so."""
    return lambda count, params: str(yes if count else no)


def _region(count: int, params: Params) -> str:
    names = _(", ").join(region_name(code) for code in _regions(params))
    said = _("a region among: %(regions)s") if count else _("no region among: %(regions)s")
    return said % {"regions": names}


def _regions(params: Params) -> list[str]:
    listed = params.get("regions")
    return [str(code) for code in listed] if isinstance(listed, list) else []


def _micros(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _moment(changes: Column) -> dt.datetime | None:
    if not len(changes.values):
        return None
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return epoch + dt.timedelta(microseconds=int(changes.values[0]))
