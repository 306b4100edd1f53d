"""The one page-less view of core: credentials to listen with."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from meadow.core import clock
from meadow.core.errors import NotSignedIn
from meadow.core.limits import caller, check_rate
from meadow.core.realtime import mint_credentials

# Every page asks for them as it opens: who leafs fast, or whose browser brings back its tabs, is heard.
CREDENTIALS_RATE = "240/minute"


@never_cache
@require_POST
def realtime_credentials(request: HttpRequest) -> HttpResponse:
    """Hand a signed-in person's browser what it needs to listen for 10 minutes."""
    if not request.user.is_authenticated:
        raise NotSignedIn
    now = clock.now()
    check_rate(name="core.credentials", rate=CREDENTIALS_RATE, subject=caller(request), now=now)
    credentials = mint_credentials(person_id=request.user.pk, now=now)
    return JsonResponse(
        {
            "url": credentials.url,
            "jwt": credentials.jwt,
            "subjects": credentials.subjects,
            "expires_at": credentials.expires_at.isoformat(),
        }
    )
