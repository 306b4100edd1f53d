"""What can go wrong with cases, violations, reports and what screening finds."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound, PermissionDenied


class CaseMissing(NotFound):
    """No case has this public id."""

    code = "integrity.case_missing"
    message = _("There is no such case.")


class CaseTakenBackAlready(Conflict):
    """Somebody took this case back before."""

    code = "integrity.case_taken_back_already"
    message = _("This case has been taken back already.")
    hint = _("Nothing more is to be done: its facts count as they did before.")


class ViolationMissing(NotFound):
    """No violation has this public id."""

    code = "integrity.violation_missing"
    message = _("There is no such violation.")


class ViolationClosedAlready(Conflict):
    """Somebody closed this violation before."""

    code = "integrity.violation_closed_already"
    message = _("This violation has been closed already.")
    hint = _("Nothing more is to be done. If it happened again, record a new one.")


class ViolationRecordedAlready(Conflict):
    """The very same is open about this person."""

    code = "integrity.violation_recorded_already"
    message = _("The same violation, in the same words, is open about this person.")
    hint = _("If it happened again, say in the words when.")


class AboutYourself(PermissionDenied):
    """A moderator acted on their own record."""

    code = "integrity.about_yourself"
    message = _("You cannot change your own record.")
    hint = _("Ask another moderator.")


class SubjectMissing(NotFound):
    """Nothing of this kind and id, or not to be seen by whoever reports it."""

    code = "integrity.subject_missing"
    message = _("What you want to report is not here.")
    hint = _("Its author may have removed it already.")


class OwnSubject(MeadowError):
    """Somebody reported what is their own."""

    status = 422
    code = "integrity.own_subject"
    message = _("This is yours, so there is nothing to report.")
    hint = _("You can edit or delete it yourself.")


class ReportedAlready(Conflict):
    """The same person's report of the same thing is open."""

    code = "integrity.reported_already"
    message = _("You have reported this, and somebody will look at it.")
    hint = _("You are told what becomes of it. Your reports are under Settings.")


class AnsweredAlready(Conflict):
    """The same person reported the very same before, and it was dismissed."""

    code = "integrity.answered_already"
    message = _("You reported this before, and nothing about it has changed since we looked.")
    hint = _("If it changes, you can report it again. To see less of somebody, block them.")


class WordsNeeded(MeadowError):
    """A report for another reason says nothing."""

    status = 422
    code = "integrity.report_words_needed"
    message = _("“Something else” needs a few words.")
    hint = _("Say in a sentence what is wrong with it.")


class InquiryMissing(NotFound):
    """No inquiry has this public id."""

    code = "integrity.inquiry_missing"
    message = _("There is no such report.")


class ClaimedByAnother(Conflict):
    """Another moderator is at it."""

    code = "integrity.claimed_by_another"
    message = _("@{handle} is looking at this.")
    hint = _("Take another one. If it is left undecided, it comes back by itself.")


class DecidedAlready(Conflict):
    """Another moderator decided meanwhile."""

    code = "integrity.decided_already"
    message = _("Somebody has decided this in the meantime.")
    hint = _("Reload to see what they decided.")


class NothingToDecide(NotFound):
    """The queue holds nothing that is free."""

    code = "integrity.nothing_to_decide"
    message = _("Nothing waits that nobody is looking at.")


class CannotBeHidden(MeadowError):
    """Things of this kind stay visible, or this one is erased."""

    status = 422
    code = "integrity.cannot_be_hidden"
    message = _("This cannot be hidden.")
    hint = _("Only people can be kept from writing; what is erased cannot be hidden.")


class KeepsOrder(MeadowError):
    """Moderators and operators are neither hidden nor suspended while they are that."""

    status = 422
    code = "integrity.keeps_order"
    message = _("This person keeps order here themselves.")
    hint = _("An operator can take that role from them first.")


class WeightsUnusable(MeadowError):
    """A weight is missing, unknown, or beyond its limits."""

    status = 422
    code = "integrity.weights_unusable"
    message = _("These weights cannot be used: one is missing or beyond its limits.")
    hint = _(
        "Severities lie from 0 to 1000, weights of people and reach from 0 to 100, minutes from 1 to"
        " 240, days to appeal from 14 to 730."
    )


class WeightsChangedMeanwhile(Conflict):
    """Another operator set the weights after these were looked at."""

    code = "integrity.weights_changed_meanwhile"
    message = _("Somebody set the weights in the meantime.")
    hint = _("Reload to see them, then set yours.")


class DaysUnusable(MeadowError):
    """A restriction for no day at all or for longer than `most` days."""

    status = 422
    code = "integrity.days_unusable"
    message = _("A restriction holds for 1 to {most} days, or until somebody lifts it.")


class StatementNeeded(MeadowError):
    """A restriction without a rule or without the facts it relies on."""

    status = 422
    code = "integrity.statement_needed"
    message = _("Hiding and warning need the rule that was broken, and what was found in words.")
    hint = _("The author reads it and may appeal: {fewest} to {most} characters.")


class NothingToRestore(Conflict):
    """What was decided restricts nothing, or was taken back before."""

    code = "integrity.nothing_to_restore"
    message = _("There is nothing to take back here.")
    hint = _("It was taken back already, or nothing was hidden.")


class WordsRefused(MeadowError):
    """A text holds words that are not accepted here; `words` names them as they were written."""

    status = 422
    code = "integrity.words_refused"
    message = _("This is not accepted here: {words}.")
    hint = _(
        "Take it out, then try again. If it should be accepted, tell those who run this place."
    )


class ScreenRuleMissing(NotFound):
    """No rule of screening has this public id."""

    code = "integrity.screen_rule_missing"
    message = _("There is no such rule.")


class ScreenRuleExists(Conflict):
    """The same word, compared in the same way, is in force."""

    code = "integrity.screen_rule_exists"
    message = _("This is on the list already.")
    hint = _("To change what happens, retire the rule first, then add it anew.")


class ScreenRuleRetired(Conflict):
    """Somebody retired this rule before."""

    code = "integrity.screen_rule_retired"
    message = _("This rule has been retired already.")


class ScreenRuleUnusable(MeadowError):
    """A pattern that would find nothing or everything, or a name that is to be held or flagged."""

    status = 422
    code = "integrity.screen_rule_unusable"
    message = _("This rule cannot be used.")
    hint = _(
        "Give at least two letters or one Chinese character, and a domain such as example.com for"
        " a link. Handles and profiles can only be refused."
    )
