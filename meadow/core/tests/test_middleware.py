"""Failures become the answer that their reader can use; a lost database is survived."""

import json

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from meadow.core.tests import urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls("meadow.core.tests.urls")]
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def no_calls() -> None:
    urls.calls.clear()


def get(path: str, **headers: str) -> HttpResponse:
    return Client(raise_request_exception=False).get(path, headers=headers)  # type: ignore[return-value]


def test_software_gets_a_problem_document_with_the_failure_s_headers() -> None:
    answer = get("/limited", **JSON)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "7"
    problem = json.loads(answer.content)
    assert problem.pop("request_id") == answer["X-Request-ID"]
    assert problem == {
        "type": "urn:meadow:problem:rate_limited",
        "title": "That was a lot in a short time.",
        "status": 429,
        "code": "rate_limited",
        "params": {"retry_after": 7},
        "instance": "/limited",
        "detail": "Wait 7 seconds, then try again.",
    }


def test_field_errors_are_named() -> None:
    problem = json.loads(get("/invalid", **JSON).content)

    assert problem["status"] == 422
    assert problem["errors"] == {"title": ["Too long."]}


def test_a_failure_is_told_in_the_reader_s_language_under_the_same_code() -> None:
    answer = get("/missing", **JSON, **{"Accept-Language": "zh-Hans"})

    assert answer["Content-Language"] == "zh-hans"
    assert json.loads(answer.content)["code"] == "not_found"


def test_htmx_gets_a_toast_that_replaces_nothing() -> None:
    answer = get("/limited", **HTMX)

    assert answer.status_code == 429
    assert answer["HX-Retarget"] == "#toasts"
    assert answer["HX-Reswap"] == "beforeend"
    assert answer["Retry-After"] == "7"
    assert b'data-toast="error"' in answer.content
    assert b"<html" not in answer.content


def test_a_person_gets_a_page() -> None:
    answer = get("/missing", Accept="text/html")

    assert answer.status_code == 404
    assert b"<html" in answer.content
    assert b"not_found" in answer.content


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/missing", 404, "not_found"),
        ("/forbidden", 403, "permission_denied"),
        ("/nul", 400, "unreadable_text"),
        ("/away", 503, "engine_unavailable"),
    ],
)
def test_what_libraries_raise_is_mapped_too(path: str, status: int, code: str) -> None:
    answer = get(path, **JSON)

    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


def test_what_nobody_expected_stays_a_fault() -> None:
    with pytest.raises(Exception, match="out of range"):
        Client().get("/bad-data")


def test_a_read_whose_connection_died_is_run_again() -> None:
    answer = get("/lost-once")

    assert (answer.status_code, answer.content) == (200, b"back")
    assert urls.calls == ["GET", "GET"]


def test_a_read_is_run_again_once_only() -> None:
    answer = get("/lost", **JSON)

    assert answer.status_code == 503
    assert answer["Retry-After"] == "3"
    assert json.loads(answer.content)["code"] == "engine_unavailable"
    assert urls.calls == ["GET", "GET"]


def test_a_write_is_never_run_again() -> None:
    answer = Client(raise_request_exception=False).post("/lost-once", headers=JSON)

    assert answer.status_code == 503
    assert urls.calls == ["POST"]


def test_the_page_of_a_lost_database_needs_no_database() -> None:
    def no_query(*args: object, **kwargs: object) -> None:
        raise AssertionError("a query was made")

    with connection.execute_wrapper(no_query):
        answer = get("/lost", Accept="text/html")

    assert answer.status_code == 503
    assert b"<html" in answer.content


def test_a_request_id_is_given_and_a_sane_one_is_kept() -> None:
    given = get("/ok")
    kept = get("/ok", **{"X-Request-ID": "from-the-proxy-1"})
    replaced = get("/ok", **{"X-Request-ID": "bad id\t"})

    assert given.content.decode() == given["X-Request-ID"]
    assert given["X-Request-ID"].startswith("r")
    assert kept["X-Request-ID"] == "from-the-proxy-1"
    assert replaced["X-Request-ID"] != "bad id\t"


@pytest.mark.parametrize(
    ("length", "status"), [("99999999999", 413), ("-1", 400), ("a", 400), ("٣", 400)]
)
def test_an_impossible_body_is_turned_away_unread(length: str, status: int) -> None:
    answer = Client().post(
        "/ok", b"", content_type="application/json", CONTENT_LENGTH=length, headers=JSON
    )

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/ok?q=%00", "/o%00k"])
def test_what_cannot_be_text_is_turned_away(path: str) -> None:
    assert get(path, **JSON).status_code == 400
