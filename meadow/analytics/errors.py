"""What can go wrong when facts are handed in or asked for."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import InvalidInput, MeadowError, NotFound, PermissionDenied


class BeaconTooLarge(MeadowError):
    """More than 64 KiB or 200 events in one request."""

    status = 413
    code = "analytics.beacon_too_large"
    message = _("That was more than one batch of events may hold.")
    hint = _("Send at most {most_events} events and {most_bytes} bytes at a time.")


class BeaconMalformed(MeadowError):
    """The batch does not follow the schema: `place` says where, `problem` what."""

    status = 400
    code = "analytics.beacon_malformed"
    message = _("The batch of events could not be read: {place}: {problem}.")


class ForeignOrigin(PermissionDenied):
    """Another site's page tried to report events here."""

    code = "analytics.foreign_origin"
    message = _("Events are only taken from this site's own pages.")


class NoteUnknown(NotFound):
    """No note has this public id."""

    code = "analytics.note_unknown"
    message = _("There is no such note.")


class FiguresArePrivate(PermissionDenied):
    """Only the author of a note and the operators see its figures."""

    code = "analytics.figures_are_private"
    message = _("Only the author of a note can see its figures.")


class ImportRefused(MeadowError):
    """Facts from elsewhere do not fit: `place` is column and row, `mend` what to do about it."""

    status = 422
    code = "analytics.import_refused"
    message = _("Nothing was imported. {place}: {problem}.")
    hint = _("To mend it: {mend}.")


class MetricUnknown(NotFound):
    """No metric has this key."""

    code = "analytics.metric_unknown"
    message = _("There is no metric called {metric}.")
    hint = _("GET /api/v1/metrics lists them all.")


class PeriodInvalid(InvalidInput):
    """The days are the wrong way round, or more than `most_days`."""

    code = "analytics.period_invalid"
    message = _("These days cannot be asked for together.")
    hint = _("Begin before you end, and ask for at most {most_days} days at once.")


class MetricNotSplit(InvalidInput):
    """This metric cannot be split like that."""

    code = "analytics.metric_not_split"
    message = _("{metric} cannot be split by {by}.")


class MetricHasNoFacts(InvalidInput):
    """A ratio is made of other metrics (`parts`), and their facts can be listed; some have none here."""

    code = "analytics.metric_has_no_facts"
    message = _("{metric} is not a list of facts by itself.")
    hint = _("Ask for the facts of what it is made of: {parts}.")
