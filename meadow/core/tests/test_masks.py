"""A token of ours is one that Django's protection of forms reads."""

from typing import Any

from django.middleware import csrf
from django.middleware.csrf import CSRF_ALLOWED_CHARS
from django.test import RequestFactory

from meadow.core.masks import form_token, mask

# How Django reads a token is told by no public name.
READER: Any = csrf
SECRET = "abcXYZ0189" * 3 + "zZ"


def test_django_reads_the_secret_under_the_mask() -> None:
    for _ in range(200):
        assert READER._unmask_cipher_token(mask(SECRET)) == SECRET


def test_each_mask_is_another_and_uses_every_character() -> None:
    masks = [mask(SECRET)[:32] for _ in range(500)]

    assert len(set(masks)) == 500
    assert set("".join(masks)) == set(CSRF_ALLOWED_CHARS)


def test_a_request_with_a_secret_keeps_it_and_its_cookie_is_renewed() -> None:
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = SECRET

    token = form_token(request)

    assert READER._does_token_match(token, SECRET)
    assert request.META["CSRF_COOKIE"] == SECRET
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"] is True


def test_a_request_without_a_secret_gets_one() -> None:
    request = RequestFactory().get("/")

    token = form_token(request)

    assert READER._does_token_match(token, request.META["CSRF_COOKIE"])
