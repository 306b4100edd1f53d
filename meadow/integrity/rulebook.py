"""The rules that a violation is recorded against: what each forbids, and what to do about it."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RuleCode = Literal["spam", "faked_engagement", "hidden_advertising", "abuse", "other"]
ClosingReason = Literal["served", "mistaken"]
# The fewest and most characters of what a moderator writes.
SHORTEST, LONGEST = 10, 1000


@dataclass(frozen=True, slots=True)
class RuleOfConduct:
    """A rule: its name, what it forbids, and what mends a violation of it."""

    code: str
    name: str | Promise
    forbids: str | Promise
    mend: str | Promise


RULES: Final = {
    rule.code: rule
    for rule in (
        RuleOfConduct(
            "spam",
            _("Spam"),
            _("Posting the same thing over and over, or where it does not belong."),
            _("Delete what repeats itself, and write where people asked for it."),
        ),
        RuleOfConduct(
            "faked_engagement",
            _("Faked engagement"),
            _("Buying or arranging reads, likes, follows or comments."),
            _(
                "End whatever sends them. What was faked has been taken out of your figures and"
                " does not come back."
            ),
        ),
        RuleOfConduct(
            "hidden_advertising",
            _("Hidden advertising"),
            _("Praising something for pay without saying so."),
            _("Say in the note who paid for it, or delete the note."),
        ),
        RuleOfConduct(
            "abuse",
            _("Abuse"),
            _("Insulting, threatening or exposing somebody."),
            _("Delete what you wrote, and leave the person in peace."),
        ),
        RuleOfConduct(
            "other",
            _("Another rule of this community"),
            _("Something else that this community does not accept; the words say what."),
            _("The words beside it say what to change."),
        ),
    )
}
CLOSINGS: Final = {
    "served": _("Served: it has been set right, or its time is over"),
    "mistaken": _("Mistaken: it should not have been recorded"),
}


def get_rule(code: str) -> RuleOfConduct:
    """Return the rule of a violation."""
    return RULES[code]
