"""The door of Promotion: who may order, and where who may not is led."""

from collections.abc import Mapping
from typing import Final

from meadow.programs.doors import Kind

CAPABILITY: Final = "promotion.order"
WHY: Final = "/programs/promotion/me"
SURFACES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "page": ("/promote/new",),
    "download": (),
    "api": ("/api/v1/promotion/forecast",),
    "media": (),
    "realtime": (),
}
