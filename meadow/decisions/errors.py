"""What the decisions package refuses, and how to mend it."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied


class RulingUnreadable(ValueError):
    """A ruling holds what a signed text cannot say exactly: a fault of the package that decided."""

    def __init__(self, *, place: str, why: str) -> None:
        super().__init__(f"{place} {why}")


class DecisionMissing(NotFound):
    """No decision has this public id, or it is not the reader's to open."""

    code = "decisions.decision_missing"
    message = _("There is no such decision.")


class AppealMissing(NotFound):
    """No appeal has this public id."""

    code = "decisions.appeal_missing"
    message = _("There is no such appeal.")


class AppealRefused(PermissionDenied):
    """The decision is not about whoever appeals."""

    code = "decisions.appeal_refused"
    message = _("Only the person whom a decision is about can appeal against it.")


class AppealNotPossible(Conflict):
    """Nobody could act on an appeal against this decision."""

    code = "decisions.appeal_not_possible"
    message = _("This decision is not open to appeal.")
    hint = _("Its page says what would change it.")


class AppealTooLate(Conflict):
    """The time in which to appeal is over."""

    code = "decisions.appeal_too_late"
    message = _("The time in which to appeal against this decision is over.")
    hint = _("Its page says what would change it.")


class AppealOpenedAlready(Conflict):
    """An appeal against the decision waits or was answered; only a withdrawn one makes room."""

    code = "decisions.appeal_opened_already"
    message = _("You have appealed against this decision already.")
    hint = _("The page of the decision shows how your appeal stands.")


class AppealAnsweredAlready(Conflict):
    """Somebody answered first, or the appeal was withdrawn."""

    code = "decisions.appeal_answered_already"
    message = _("This appeal does not wait for an answer any more.")
    hint = _("Its page shows what became of it.")


class ReviewerConcerned(PermissionDenied):
    """Whoever decided, or is the person concerned, does not answer."""

    code = "decisions.reviewer_concerned"
    message = _("You cannot answer this appeal: you made the decision, or it is about you.")
    hint = _("Leave it to somebody else who keeps order here.")


class TermsChangedMeanwhile(Conflict):
    """Somebody else changed the terms of appeals while they were being changed."""

    code = "decisions.terms_changed_meanwhile"
    message = _("Somebody changed these terms while you did.")
    hint = _("Look at them again, and change them if that is still wanted.")


class KeySetOutside(Conflict):
    """The signing key comes from the environment, so it is changed there."""

    code = "decisions.key_set_outside"
    message = _("The signing key is set by MEADOW_DECISION_KEY, not kept in the data folder.")
    hint = _("Set that to a new secret on every machine, and start the processes again.")


class WordsMissing(InvalidInput):
    """An appeal or its answer is too short or too long; `fields` says which."""

    code = "decisions.words_missing"
