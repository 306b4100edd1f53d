"""The root of API v1: one router a package, problem documents for every failure."""

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from meadow.accounts.api import router as accounts_router
from meadow.accounts.api_auth import OperatorOrToken, SessionOrToken
from meadow.analytics.api import router as analytics_router
from meadow.analytics.import_api import router as import_router
from meadow.charges.api import router as charges_router
from meadow.core.errors import InvalidInput, MeadowError, NotFound, NotSignedIn
from meadow.core.problems import problem_response
from meadow.decisions.api import router as decisions_router
from meadow.experiments.api import router as experiments_router
from meadow.feed.api import router as feed_router
from meadow.finance.books_api import router as books_router
from meadow.finance.proposals_api import router as proposals_router
from meadow.finance.waiting_api import router as waiting_router
from meadow.integrity.api import router as integrity_router
from meadow.integrity.moderation.api import router as moderation_router
from meadow.integrity.moderation.weights_api import router as weights_router
from meadow.integrity.screening.api import router as screening_router
from meadow.media.api import router as media_router
from meadow.media.video.api import router as video_router
from meadow.notes.api import router as notes_router
from meadow.notes.api_life import router as note_life_router
from meadow.notes.boards_api import router as boards_router
from meadow.notes.comment_api import router as comments_router
from meadow.notes.topics_api import router as topics_router
from meadow.notes.video_api import router as note_video_router
from meadow.notes.weights_api import router as comment_weights_router
from meadow.notifications.api import router as notifications_router
from meadow.payments.api import router as payments_router
from meadow.payments.limit_api import router as limits_router
from meadow.payouts.api import router as payouts_router
from meadow.payouts.operator_api import router as operator_payouts_router
from meadow.programs.api import router as programs_router
from meadow.programs.operator.api import router as operator_router
from meadow.programs.operator.people_api import router as operator_people_router
from meadow.promotion.api.about import router as promotion_about_router
from meadow.promotion.api.audiences import router as audiences_router
from meadow.promotion.api.operator import router as operator_promotion_router
from meadow.promotion.api.orders import router as promotion_router
from meadow.promotion.api.reports import router as promotion_reports_router
from meadow.search.api import router as search_router
from meadow.statements.api import router as statements_router
from meadow.studio.api import router as studio_router
from meadow.web.bad_input import fields_of, why_not_json

DESCRIPTION = """\
Everything a person can do in a page, other software can do here with a scoped access token
(`Authorization: Bearer mdw_…`, made under Settings, Access tokens).

Errors are RFC 9457 problem documents with a stable `code`. Lists are paged by cursor: pass
`next_cursor` back as `cursor`. Too many requests are answered 429 with `Retry-After`.
"""

api = NinjaAPI(
    title="Meadow API",
    version="1.0.0",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)

for router in (
    accounts_router,
    # Before /notes/{note_id}, which would take their names for one.
    note_life_router,
    notes_router,
    topics_router,
    boards_router,
    comments_router,
    feed_router,
    promotion_about_router,
    search_router,
    studio_router,
    integrity_router,
    moderation_router,
    weights_router,
    comment_weights_router,
    screening_router,
    decisions_router,
    payments_router,
    payouts_router,
    operator_promotion_router,
    operator_payouts_router,
    limits_router,
    charges_router,
    promotion_reports_router,
    statements_router,
    promotion_router,
    programs_router,
    operator_router,
    operator_people_router,
    books_router,
    proposals_router,
    waiting_router,
    audiences_router,
):
    api.add_router("", router)
api.add_router("", note_video_router)
api.add_router("", notifications_router)
# These stand below people and cannot name who may call them, so that is said here.
api.add_router("", media_router, auth=SessionOrToken("notes:write"))
api.add_router("", video_router, auth=SessionOrToken("notes:write"))
api.add_router("", analytics_router, auth=SessionOrToken("analytics:read"))
api.add_router(
    "", experiments_router, auth=OperatorOrToken("experiments:read", write="experiments:write")
)
api.add_router("", import_router, auth=OperatorOrToken("facts:import", write="facts:import"))


@api.exception_handler(MeadowError)
def answer_refusal(request: HttpRequest, error: MeadowError) -> HttpResponse:
    """Turn an expected failure into its problem document."""
    return problem_response(error, request)


@api.exception_handler(AuthenticationError)
def answer_signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Say that a session or token is missing."""
    return problem_response(NotSignedIn(), request)


@api.exception_handler(ValidationError)
def answer_bad_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name each field that does not fit, with the reason."""
    return problem_response(InvalidInput(fields=fields_of(error.errors)), request)


@api.exception_handler(Http404)
def answer_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Say that nothing is at this address."""
    return problem_response(NotFound(), request)


class MalformedRequest(MeadowError):
    """The request could not be read at all: `reason` says why."""

    code = "malformed_request"
    message = "{reason}"


@api.exception_handler(HttpError)
def answer_malformed(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Pass on the framework's own refusal (a body that is not JSON, say)."""
    reason = why_not_json(error.__cause__) or str(error)
    return problem_response(MalformedRequest(reason=reason), request, status=error.status_code)
