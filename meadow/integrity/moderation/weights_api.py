"""The weights of the queue over the API, for operators."""

from django.http import HttpRequest
from ninja import Router, Status

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.integrity.moderation import weights
from meadow.integrity.moderation.schemas import WeightsIn, WeightsOut, WeightsVersionOut

router = Router(tags=["moderation"])


@router.get(
    "/moderation/weights",
    response=WeightsOut,
    summary="Read the weights of the queue",
    **scoped("moderation:read"),
)
def get_weights(request: HttpRequest) -> WeightsOut:
    """Read how reports are weighed, newest version first. For operators."""
    require_operator(request.user)
    return _all_versions()


@router.post(
    "/moderation/weights",
    response={201: WeightsOut},
    summary="Set the weights of the queue",
    **scoped("moderation:write"),
)
def set_weights(request: HttpRequest, wanted: WeightsIn) -> Status[WeightsOut]:
    """Set how reports are weighed from now on; 409 where somebody did meanwhile. For operators."""
    operator = require_operator(request.user)
    weights.change_weights(
        severity=wanted.severity,
        numbers={name: getattr(wanted, name) for name in weights.LIMITS},
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator.pk,
        now=clock.now(),
    )
    return Status(201, _all_versions())


def _all_versions() -> WeightsOut:
    found = weights.list_versions()
    people = get_people({one.operator_id for one in found if one.operator_id is not None})
    return WeightsOut(
        versions=[
            WeightsVersionOut(
                version=one.terms.version,
                since=one.since,
                by=people[one.operator_id].handle if one.operator_id in people else None,
                note=one.note,
                severity=one.terms.severity,
                **{name: getattr(one.terms, name) for name in weights.LIMITS},
            )
            for one in found
        ]
    )
