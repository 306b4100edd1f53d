"""The kinds of news there are: packages above register theirs, with words, in AppConfig.ready().

Words are made when somebody reads, in the language that is active then. A group is what a person
turns e-mail on and off for, so there are few of them, and they are named here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """What e-mail is turned on or off for; `about` says what comes under it.

    `keepers_only` ones come to moderators and operators alone, and are no choice of anybody else.
    """

    key: str
    name: str | Promise
    about: str | Promise
    keepers_only: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of news; `icon` names a symbol of the sprite, `email` whether it is worth a mail.

    `look_up` is handed the reader's id and the parameters of all news of the kind on a page, and
    returns them with what words need besides (names, titles), as it stands now: what was renamed,
    removed or closed to the reader since is never kept in news.
    """

    key: str
    group: str
    icon: str
    title: Callable[[Params], str]
    body: Callable[[Params], str]
    email: bool
    look_up: Callable[[int, Sequence[Params]], Sequence[Params]] | None = None


GROUPS: Final = {
    group.key: group
    for group in (
        Group(
            "notes",
            gettext_lazy("Your notes"),
            gettext_lazy(
                "When a planned note came out or could not, or somebody names you in theirs."
            ),
        ),
        Group(
            "conversation",
            gettext_lazy("Comments"),
            gettext_lazy("When somebody comments, answers you, names you, or likes a comment."),
        ),
        Group(
            "programs",
            gettext_lazy("Programs"),
            gettext_lazy("When you come into a program, are about to leave one, or get an answer."),
        ),
        Group(
            "wallet",
            gettext_lazy("Your wallet"),
            gettext_lazy("When money comes in or goes back, or your balance is low."),
        ),
        Group(
            "promotion",
            gettext_lazy("Promotion"),
            gettext_lazy("When an order is approved or not, or pauses by itself."),
        ),
        Group(
            "decisions",
            gettext_lazy("Decisions and appeals"),
            gettext_lazy("When somebody answers your appeal."),
        ),
        Group(
            "record",
            gettext_lazy("Your record"),
            gettext_lazy(
                "When a violation of the rules is recorded about you, or something you wrote is hidden."
            ),
        ),
        Group(
            "reports",
            gettext_lazy("Your reports"),
            gettext_lazy("When we have looked at what you reported."),
        ),
        Group(
            "keeping_order",
            gettext_lazy("Keeping order"),
            gettext_lazy("When somebody appeals, an appeal is overdue, or an urgent report comes."),
            keepers_only=True,
        ),
    )
}
_kinds: dict[str, Kind] = {}


class UnknownKind(LookupError):
    """No package registered this kind of news."""


def register(kind: Kind) -> None:
    """Add a kind of news. Raises ValueError for a group that is not in GROUPS, or a second owner."""
    if kind.group not in GROUPS:
        raise ValueError(f"{kind.key}: {kind.group!r} is no group; there are {', '.join(GROUPS)}")
    if _kinds.get(kind.key, kind) != kind:
        raise ValueError(f"{kind.key} is registered already")
    _kinds[kind.key] = kind


def get_kind(key: str) -> Kind:
    """Return a registered kind. Raises UnknownKind."""
    try:
        return _kinds[key]
    except KeyError as missing:
        raise UnknownKind(key) from missing


def find_kind(key: str) -> Kind:
    """Return a kind to show old news by, also where its package is gone."""
    return _kinds.get(key) or Kind(
        key=key, group="", icon="bell", title=_say_gone, body=_say_nothing, email=False
    )


def list_mailed_groups(*, keeps_order: bool) -> list[Group]:
    """Return the groups that have a kind which is worth a mail, in the order of GROUPS."""
    mailed = {kind.group for kind in _kinds.values() if kind.email}
    return [
        group
        for group in GROUPS.values()
        if group.key in mailed and (keeps_order or not group.keepers_only)
    ]


def forget_kind(key: str) -> None:
    """Take a kind back: for tests."""
    _kinds.pop(key, None)


def _say_gone(params: Params) -> str:
    return _("News from a part of the site that is gone")


def _say_nothing(params: Params) -> str:
    return ""
