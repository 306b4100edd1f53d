"""What a simulation and a replay refuse."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, EngineUnavailable, InvalidInput, PermissionDenied


class SimulationRefused(PermissionDenied):
    code = "simulation.refused_in_production"
    message = _("Simulated people are for trying Meadow out; here MEADOW_ENV is production.")
    hint = _("Start an installation of its own for them.")


class WorldExists(Conflict):
    code = "simulation.world_exists"
    message = _("This world is here already: {folder}.")
    hint = _("Another seed, size or start makes another world beside it.")


class WorldInFuture(InvalidInput):
    code = "simulation.world_in_future"
    message = _("This world would end on {end}, which is yet to come.")
    hint = _("Choose an earlier start or fewer days.")


class WorldTooSmall(InvalidInput):
    code = "simulation.world_too_small"
    message = _("A world needs at least {creators} creators, {fans} fans and {days} day.")


class NotCounted(EngineUnavailable):
    code = "simulation.not_counted"
    message = _("Everything is stored, but after {seconds} seconds it was not counted yet.")
    hint = _("Is `meadow warehouse` running? It goes on by itself; running this again waits again.")


class LogUnreadable(InvalidInput):
    code = "simulation.log_unreadable"
    message = _("Line {line} of {file} is not an interaction log: {problem}.")
    hint = _(
        "A line is a person's number and then the numbers of items in the order of time, with spaces"
        " between; or a person's number, an item's and a weight, with tabs between."
    )
