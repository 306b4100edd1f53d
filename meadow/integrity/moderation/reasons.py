"""Why something may be reported: reasons as data, each with the rule that it may break."""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.integrity.rulebook import RuleCode

ReasonCode = Literal[
    "spam",
    "hate",
    "nudity",
    "scam",
    "self_harm",
    "minors",
    "intellectual_property",
    "undisclosed_ad",
    "other",
]
OTHER: Final = "other"
# The most characters that a reporter adds.
LONGEST_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class ReportReason:
    """A reason as the reporter reads it, and the rule that a statement of reasons would name."""

    code: ReasonCode
    name: str | Promise
    rule: RuleCode


REASONS: Final[dict[str, ReportReason]] = {
    reason.code: reason
    for reason in (
        ReportReason("spam", _("Spam, or the same over and over"), "spam"),
        ReportReason("hate", _("Hate, insults or threats"), "abuse"),
        ReportReason("nudity", _("Nudity or sex"), "nudity"),
        ReportReason("scam", _("A scam, or something fake"), "scam"),
        ReportReason("self_harm", _("Self-harm: somebody may be in danger"), "self_harm"),
        ReportReason("minors", _("A child is in danger or shown as they should not be"), "minors"),
        ReportReason("intellectual_property", _("It is somebody else's work or brand"), "copied"),
        ReportReason("undisclosed_ad", _("Advertising that does not say so"), "hidden_advertising"),
        ReportReason("other", _("Something else"), "other"),
    )
}
