"""A token made at once is one that Django takes, and no two are the same."""

from django.middleware.csrf import _unmask_cipher_token  # type: ignore[attr-defined]
from django.test import RequestFactory

from meadow.core.csrf import masked_token

SECRET = "aZ09" * 8


def test_a_masked_token_unmasks_to_the_secret_and_never_repeats() -> None:
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = SECRET

    tokens = [masked_token(request) for _ in range(200)]

    assert {_unmask_cipher_token(token) for token in tokens} == {SECRET}
    assert len({token[:32] for token in tokens}) == 200
    assert {len(token) for token in tokens} == {64}
    assert len({letter for token in tokens for letter in token[:32]}) == 62


def test_a_request_without_a_secret_gets_one() -> None:
    request = RequestFactory().get("/")

    token = masked_token(request)

    assert _unmask_cipher_token(token) == request.META["CSRF_COOKIE"]
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"] is True
