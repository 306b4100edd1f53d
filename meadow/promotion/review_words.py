"""Reviews in words: what automatic rules find, and why an order is not approved. Codes are stored."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.core.money import Money, format_money

Words = str | Promise
# Why an order is not approved: the sentence, and what would change it.
REJECTIONS: Final[dict[str, tuple[Words, Words]]] = {
    "misleading": (
        gettext_lazy("The note promises something that it does not keep, or that cannot be true."),
        gettext_lazy("Say what can be shown to be true, then order again."),
    ),
    "undisclosed": (
        gettext_lazy("The note advertises for somebody and does not say so."),
        gettext_lazy(
            "Say in the note who paid for it or gave you what you show, then order again."
        ),
    ),
    "not_allowed": (
        gettext_lazy("The note is about goods or services that may not be promoted here."),
        gettext_lazy("Another note can be promoted. This one stays where it is, unpromoted."),
    ),
    "unsuited": (
        gettext_lazy("The note is not for people who did not choose to see it."),
        gettext_lazy("Change its cover and words so that anybody may come upon it."),
    ),
    "rights": (
        gettext_lazy(
            "The note shows pictures or words of somebody else, without saying that you may."
        ),
        gettext_lazy("Use your own, or say in an appeal by what right you use these."),
    ),
    "lures": (
        gettext_lazy("The note asks people to trade likes or follows, or to deal somewhere else."),
        gettext_lazy("Take that out of the note, then order again."),
    ),
    "note_gone": (
        gettext_lazy("The note was deleted before the order was approved."),
        gettext_lazy("Restore the note, or order for another one."),
    ),
    "note_not_public": (
        gettext_lazy("The note is not public, so nobody could be shown it."),
        gettext_lazy("Make the note public, then order again."),
    ),
}
# Those that a person may give; the others follow from the note itself.
BY_HAND: Final = ("misleading", "undisclosed", "not_allowed", "unsuited", "rights", "lures")
LONGEST_WORDS: Final = 500


def say_finding(code: str, params: Mapping[str, Any]) -> str:
    """Return what an automatic rule found, in the active language."""
    if code == "open_violation":
        count = params["count"]
        return ngettext(
            "A violation of the rules is open about its author.",
            "%(count)s violations of the rules are open about its author.",
            count,
        ) % {"count": count}
    if code == "words":
        quoted = _(", ").join(f"“{word}”" for word in params["words"])
        return _("It holds words or links of the list: %(words)s.") % {"words": quoted}
    if code == "budget_above":
        return _("Its budget of %(budget)s is more than %(above)s, above which a person looks.") % {
            name: format_money(Money(params[name], params["unit"])) for name in ("budget", "above")
        }
    found = _FINDINGS.get(code)
    return str(found) if found else code


def say_wait(code: str, params: Mapping[str, Any]) -> str:
    """Return to a buyer why a person looks; which words of the list were found is not told."""
    if code == "words":
        return _("It holds words or links that a person looks at first.")
    return say_finding(code, params)


def say_rejection(code: str) -> tuple[str, str]:
    """Return why an order was not approved and what would change it; a lost code as it is stored."""
    found = REJECTIONS.get(code)
    return (str(found[0]), str(found[1])) if found else (code, "")


_FINDINGS: Final[dict[str, Words]] = {
    "note_gone": gettext_lazy("The note is not there any more."),
    "note_not_public": gettext_lazy("The note is not public."),
    "note_hidden": gettext_lazy("The note is kept from view by those who keep order."),
    "author_hidden": gettext_lazy("Its author is kept from view by those who keep order."),
    "author_suspended": gettext_lazy("Its author may not write at the moment."),
    "rejected_before": gettext_lazy("A person did not approve this note before."),
    "note_changed": gettext_lazy("The note was changed after a person had approved the order."),
}


def say_words_needed() -> str:
    """Return what to write when an order is not approved."""
    return _("Choose a reason, and say in at most %(most)s characters what this is about.") % {
        "most": LONGEST_WORDS
    }


def name_finding(code: str) -> str:
    """Return the name of an automatic rule that found something."""
    found = _NAMES.get(code)
    return str(found) if found else code


_NAMES: Final[dict[str, Words]] = {
    "note_gone": gettext_lazy("the note is gone"),
    "note_not_public": gettext_lazy("the note is not public"),
    "note_hidden": gettext_lazy("the note is kept from view"),
    "author_hidden": gettext_lazy("its author is kept from view"),
    "author_suspended": gettext_lazy("its author may not write"),
    "open_violation": gettext_lazy("an open violation of the rules"),
    "words": gettext_lazy("words or links of the list"),
    "budget_above": gettext_lazy("a budget above which a person looks"),
    "rejected_before": gettext_lazy("an earlier rejection of the note"),
    "note_changed": gettext_lazy("the note changed after a person approved it"),
}
