"""The figures of packages below: accounts' facts about a person. What notes know, notes registers."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
_COUNTED: Final = gettext_lazy("Counted with every follow and unfollow, whoever it comes from.")
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
    return [
        (
            Metric(
                key="followers",
                unit="people",
                name=gettext_lazy("Followers"),
                definition=gettext_lazy("How many people follow the person now."),
                source=_ACCOUNTS,
                provenance=_COUNTED,
                phrase=_followers,
            ),
            AccountFigure("followers", gettext_lazy("Followers")),
        ),
        (
            Metric(
                key="following",
                unit="people",
                name=gettext_lazy("Following"),
                definition=gettext_lazy("How many people the person follows now."),
                source=_ACCOUNTS,
                provenance=_COUNTED,
                phrase=_following,
            ),
            AccountFigure("following", gettext_lazy("Following")),
        ),
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
                phrase=_account_age,
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
                phrase=_age,
            ),
            AgeInYears("age_years", gettext_lazy("Year of birth"), "/settings/profile"),
        ),
        (
            Metric(
                key="has_photo",
                unit="flag",
                name=gettext_lazy("Profile photo"),
                definition=gettext_lazy("Whether the profile shows a photo."),
                source=_OWN_WORD,
                provenance=_ACCOUNTS,
                phrase=_photo,
            ),
            AccountFigure("has_photo", gettext_lazy("Profile photo"), "/settings/profile"),
        ),
        (
            Metric(
                key="has_bio",
                unit="flag",
                name=gettext_lazy("Words about oneself"),
                definition=gettext_lazy("Whether the profile says something about the person."),
                source=_OWN_WORD,
                provenance=_ACCOUNTS,
                phrase=_bio,
            ),
            AccountFigure("has_bio", gettext_lazy("Words about yourself"), "/settings/profile"),
        ),
        (
            Metric(
                key="email_verified",
                unit="flag",
                name=gettext_lazy("Confirmed e-mail address"),
                definition=gettext_lazy(
                    "Whether the e-mail address of the account was confirmed by its letter."
                ),
                source=_ACCOUNTS,
                provenance=gettext_lazy("Confirmed by opening the link that was sent there."),
                phrase=_email,
            ),
            AccountFigure("email_verified", gettext_lazy("E-mail address"), "/settings/account"),
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


def _followers(count: int, params: Params) -> str:
    if count == 0:
        return _("no followers")
    return ngettext("%(count)s follower", "%(count)s followers", count) % {"count": f"{count:,}"}


def _following(count: int, params: Params) -> str:
    if count == 0:
        return _("no followed people")
    said = ngettext("%(count)s followed person", "%(count)s followed people", count)
    return said % {"count": f"{count:,}"}


def _account_age(count: int, params: Params) -> str:
    if count == 0:
        return _("no full day since joining")
    said = ngettext("%(count)s day since joining", "%(count)s days since joining", count)
    return said % {"count": f"{count:,}"}


def _age(count: int, params: Params) -> str:
    if count == 0:
        return _("no year of birth")
    said = ngettext("%(count)s year of age", "%(count)s years of age", count)
    return said % {"count": f"{count:,}"}


def _photo(count: int, params: Params) -> str:
    return _("a profile photo") if count else _("no profile photo")


def _bio(count: int, params: Params) -> str:
    return _("words about oneself") if count else _("no words about oneself")


def _email(count: int, params: Params) -> str:
    return _("a confirmed e-mail address") if count else _("no confirmed e-mail address")


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
