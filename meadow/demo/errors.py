"""What the demo refuses."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import EngineUnavailable, NotFound, PermissionDenied


class DemoRefused(PermissionDenied):
    code = "demo.refused_in_production"
    message = _("The demo is for trying Meadow out; here MEADOW_ENV is production.")
    hint = _("Its passwords are public. Start an installation of its own for it.")


class PhotosNotRendered(EngineUnavailable):
    code = "demo.photos_not_rendered"
    message = _("After {seconds} seconds {count} photos of the demo were still not rendered.")
    hint = _("Is `meadow worker` running? Running the seed again goes on where it stopped.")


class MoneyNotArrived(EngineUnavailable):
    code = "demo.money_not_arrived"
    message = _("After {seconds} seconds the play money of the demo had not come in.")
    hint = _("Is `meadow worker` running? Running the seed again goes on where it stopped.")


class NoDemo(NotFound):
    code = "demo.not_seeded"
    message = _("This installation has no demo.")
