"""Every refusal is a page that says what happened and what to do, and needs no database."""

import re

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from meadow.accounts.testing import make_person, sign_in
from meadow.core.errors import (
    Conflict,
    EngineUnavailable,
    MeadowError,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    RateLimited,
)
from meadow.core.problems import refuse
from meadow.web.refusals import StaleForm
from meadow.web.views import BadRequest, ServerFault

REFUSALS = [
    BadRequest(),
    NotSignedIn(),
    PermissionDenied(),
    StaleForm(),
    NotFound(),
    Conflict(),
    RateLimited(retry_after=20),
    ServerFault(),
    EngineUnavailable(),
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.code)
def test_a_refusal_says_what_happened_and_what_to_do_without_a_database(
    error: MeadowError, language: str
) -> None:
    # This test has no django_db mark: any query would fail it.
    request = RequestFactory().get("/n/somewhere?a=1")

    with translation.override(language):
        response = refuse(error, request)
    page = response.content.decode()

    assert response.status_code == error.status
    assert re.search(r"<h1>\s*\S", page)
    assert 'class="btn btn-primary"' in page
    assert error.code in page
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in page


def test_a_refusal_keeps_the_theme_of_the_cookie() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["meadow_theme"] = "dark"

    assert 'data-theme="meadow-night"' in refuse(NotFound(), request).content.decode()


def test_somebody_signed_out_is_led_back_to_where_they_wanted_to_go() -> None:
    response = refuse(NotSignedIn(), RequestFactory().get("/n/somewhere?a=1"))

    assert 'href="/accounts/login/?next=/n/somewhere%3Fa%3D1"' in response.content.decode()


def test_a_refusal_to_htmx_is_a_toast_that_replaces_nothing() -> None:
    response = refuse(NotFound(), RequestFactory().get("/n/x", headers={"HX-Request": "true"}))

    assert response["HX-Retarget"] == "#toasts"
    assert response["HX-Reswap"] == "beforeend"
    assert 'data-toast="error"' in response.content.decode()


@pytest.mark.django_db
def test_a_form_from_an_old_tab_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/preferences", {"theme": "dark"})

    assert response.status_code == 403
    assert "stale_form" in response.content.decode()


@pytest.mark.django_db
def test_a_signed_in_page_sends_the_cookie_of_forms_only_where_it_is_not_at_hand() -> None:
    stranger, reader = Client(), sign_in(make_person("ann"))

    first, second = reader.get("/"), reader.get("/")
    of_strangers = [stranger.get("/"), stranger.get("/")]
    reader.cookies["meadow_csrf"] = "too short"
    mended = reader.get("/")

    sent = ["meadow_csrf" in answer.cookies for answer in (first, second, *of_strangers, mended)]
    assert sent == [True, False, True, True, True]
    assert "Cookie" in second.headers["Vary"]
