"""What can go wrong with cases and violations."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, NotFound, PermissionDenied


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
