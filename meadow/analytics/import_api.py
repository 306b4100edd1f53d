"""Events from other software; web mounts this router for operators, with the scope `facts:import`."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from meadow.analytics.external import ExternalEvent, import_events
from meadow.core.clock import now

router = Router(tags=["analytics"])
MOST_EVENTS = 5000


class ImportedEvent(Schema):
    """One event; without an `id`, it is known by what it says: sent twice, it counts once."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,24}$")]
    at: AwareDatetime
    kind: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    surface: Annotated[str, Field(pattern=r"^[a-z]{0,20}$")] = ""
    ms: Annotated[int, Field(ge=0, le=86_400_000)] = 0
    id: Annotated[str, Field(max_length=200)] = ""
    signed_in: bool = True


class Import(Schema):
    """Events of one source."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
    events: Annotated[list[ImportedEvent], Field(max_length=MOST_EVENTS)]


class Imported(Schema):
    """How many events were taken; those that were known already count too."""

    taken: int


@router.post(
    "/facts/import",
    response=Imported,
    summary="Import events",
    openapi_extra={"x-scope": "facts:import"},
)
def import_from_elsewhere(request: HttpRequest, body: Import) -> Imported:
    """Import what another system saw happen to notes here: for operators, all or nothing.

    `person` is the other system's key; only a keyed hash of it is kept. Times are the events' own.
    The same event sent again changes nothing.
    """
    events = [ExternalEvent(**event.dict()) for event in body.events]
    return Imported(taken=import_events(source=body.source, events=events, now=now()))
