"""The weights of the best comments over the API, for operators."""

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import StringConstraints

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.notes import services

router = Router(tags=["moderation"])


class CommentWeightsIn(Schema):
    """All weights of the best comments; `seen` is the version that you looked at."""

    doubling_hours: float = Field(ge=1, le=8760)
    replier_points: float = Field(ge=0, le=100)
    author_like_points: float = Field(ge=0, le=100)
    note: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
    seen: int = Field(ge=0, le=2**31 - 1)


class CommentWeightsVersionOut(Schema):
    """One version of the weights."""

    version: int
    since: dt.datetime
    by: str | None = Field(description="The operator's handle; null as Meadow ships, or gone")
    note: str
    doubling_hours: float
    replier_points: float
    author_like_points: float


class CommentWeightsOut(Schema):
    """The newest versions of the weights, the one in force first."""

    versions: list[CommentWeightsVersionOut]


@router.get(
    "/moderation/comment-weights",
    response=CommentWeightsOut,
    summary="Read the weights of comments",
    **scoped("moderation:read"),
)
def get_weights(request: HttpRequest) -> CommentWeightsOut:
    """Read what puts a comment first, newest version first. For operators."""
    require_operator(request.user)
    return _all_versions()


@router.post(
    "/moderation/comment-weights",
    response={201: CommentWeightsOut},
    summary="Set the weights of comments",
    **scoped("moderation:write"),
)
def set_weights(request: HttpRequest, wanted: CommentWeightsIn) -> Status[CommentWeightsOut]:
    """Set what puts a comment first from now on; 409 where somebody did meanwhile. For operators."""
    operator = require_operator(request.user)
    services.change_comment_weights(
        numbers={name: getattr(wanted, name) for name in services.COMMENT_WEIGHT_LIMITS},
        note=wanted.note,
        seen=wanted.seen,
        operator_id=operator.pk,
        now=clock.now(),
    )
    return Status(201, _all_versions())


def _all_versions() -> CommentWeightsOut:
    found = services.list_weights()
    people = get_people({one.operator_id for one in found if one.operator_id is not None})
    return CommentWeightsOut(
        versions=[
            CommentWeightsVersionOut(
                version=one.version,
                since=one.since,
                by=people[one.operator_id].handle if one.operator_id in people else None,
                note=one.note,
                **one.numbers,
            )
            for one in found
        ]
    )
