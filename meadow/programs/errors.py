"""What the programs package refuses, and how to mend it."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, InvalidInput, MeadowError, NotFound, PermissionDenied


class RuleInvalid(MeadowError):
    """Rule data that says nothing, or too much; `place` is where, as in `all[1].threshold`."""

    status = 422
    code = "programs.rule_invalid"
    message = _("The rule cannot be read at {place}: {problem}.")
    hint = _("Mend that place, then try again.")


class PilotInvalid(MeadowError):
    """Steps of a pilot that cannot be; `place` is where, as in `[0].limits.minutes_a_day`."""

    status = 422
    code = "programs.pilot_invalid"
    message = _("The steps of the pilot cannot be read at {place}: {problem}.")
    hint = _("Mend that place, then try again.")


class MetricUnknown(MeadowError):
    """No package registered this metric."""

    status = 422
    code = "programs.metric_unknown"
    message = _("There is no metric called “{metric}”.")
    hint = _("Choose one from the list of metrics.")


class ProgramMissing(NotFound):
    """No program has this slug."""

    code = "programs.program_missing"
    message = _("There is no such program.")


class CapabilityClosed(PermissionDenied):
    """A capability is used by somebody who may not: `reason` is the code, `program` the slug."""

    code = "programs.capability_closed"
    message = _("This is open to members of the program “{title}”.")
    hint = _("The program's page shows its rule, where you stand and what would change it.")


class VersionMissing(NotFound):
    """The program has no rule version of this number."""

    code = "programs.version_missing"
    message = _("There is no such version of the rule.")


class VersionPublished(Conflict):
    """Only a draft can be changed or thrown away."""

    code = "programs.version_published"
    message = _("This version is no draft any more.")
    hint = _("Make a new draft from it.")


class AnotherScheduled(Conflict):
    """At most one version waits for its day."""

    code = "programs.another_scheduled"
    message = _("Version {number} is scheduled already.")
    hint = _("Take that one back first.")


class NothingInForce(Conflict):
    """The program has no rule in force that could be retired."""

    code = "programs.nothing_in_force"
    message = _("No rule of this program is in force.")


class NoticeTooShort(Conflict):
    """The version takes something away from people who are in, sooner than they must be told."""

    code = "programs.notice_too_short"
    message = _("{people} people who are in would lose their place.")
    hint = _("They must be told {days} days before: choose {earliest} or later.")


class CapacityBelowSeats(Conflict):
    """More people are in than the new capacity has seats; nobody is ejected for that."""

    code = "programs.capacity_below_seats"
    message = _("{admitted} people are in already, and nobody loses a seat to a smaller number.")
    hint = _("Choose {admitted} or more, or pause the program.")


class PilotNarrowed(Conflict):
    """New steps would be tighter or longer for people who are in the pilot."""

    code = "programs.pilot_narrowed"
    message = _("{people} people are in the pilot, and step {step} would be tighter for them.")
    hint = _(
        "While somebody is in that step or before it, its days may only become fewer"
        " and its limits wider."
    )


class CannotApply(Conflict):
    """The program takes no application from this person now; `why` is a sentence."""

    code = "programs.cannot_apply"
    message = _("{why}")


class AnswersInvalid(InvalidInput):
    """Some answers of an application are missing or too long; `fields` says which."""

    code = "programs.answers_invalid"


class QuestionsInvalid(InvalidInput):
    """The questions of an application say nothing or too much; `fields` says which."""

    code = "programs.questions_invalid"


class ApplicationMissing(NotFound):
    """No application has this public id."""

    code = "programs.application_missing"
    message = _("There is no such application.")


class ReviewedAlready(Conflict):
    """Somebody reviewed first, or it was withdrawn."""

    code = "programs.reviewed_already"
    message = _("This application does not wait for an answer any more.")


class NotYourOwn(PermissionDenied):
    """Nobody decides about themselves."""

    code = "programs.not_your_own"
    message = _("You cannot decide about yourself.")
    hint = _("Ask somebody else who runs this community.")


class InvitationInvalid(Conflict):
    """The code is unknown, used, over or taken back: the answer does not tell which."""

    code = "programs.invitation_invalid"
    message = _("This invitation does not work: it may be used, over or mistyped.")
    hint = _("Ask whoever gave it to you for another.")


class InvitationMissing(NotFound):
    """The program has no invitation of this public id."""

    code = "programs.invitation_missing"
    message = _("There is no such invitation.")


class ListUnreadable(InvalidInput):
    """An uploaded list is no text, too long or empty; `fields` says which."""

    code = "programs.list_unreadable"


class NothingToLeave(Conflict):
    """The person is not in, and neither waits nor applied."""

    code = "programs.nothing_to_leave"
    message = _("You are not in this program.")


class StandingMissing(Conflict):
    """Somebody has no standing that this could change."""

    code = "programs.standing_missing"
    message = _("This person's place in the program does not allow that.")
    hint = _("Reload to see how it stands now.")


class GrantMissing(NotFound):
    """The person holds no grant in force."""

    code = "programs.grant_missing"
    message = _("There is no such grant.")
