"""The rules that a violation is recorded against: what each forbids, and what to do about it."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RuleCode = Literal[
    "spam",
    "faked_engagement",
    "hidden_advertising",
    "abuse",
    "nudity",
    "scam",
    "self_harm",
    "minors",
    "copied",
    "other",
]
# What a statement of reasons names as its ground: counted up whenever a rule below changes.
RULES_VERSION: Final = "community-rules.v1"
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
            "nudity",
            _("Nudity and sex"),
            _("Showing naked or sexual pictures, or offering them."),
            _("Take the pictures out, then write to us or appeal."),
        ),
        RuleOfConduct(
            "scam",
            _("Scam"),
            _("Getting at somebody's money, account or data by deceit."),
            _("Remove it, and give back what was taken."),
        ),
        RuleOfConduct(
            "self_harm",
            _("Self-harm"),
            _("Showing how to hurt oneself, or urging somebody to."),
            _("Take it out. If it is about you: you matter, and somebody near you wants to know."),
        ),
        RuleOfConduct(
            "minors",
            _("Harm to children"),
            _("Endangering or sexualising somebody under 18, or showing where to find them."),
            _("Remove it at once. The law may ask us to tell the authorities."),
        ),
        RuleOfConduct(
            "copied",
            _("Somebody else's work"),
            _("Posting pictures, words or a brand that belong to somebody who did not agree."),
            _("Take it out, or show that you may use it."),
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
