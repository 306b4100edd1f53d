"""Anybody checks a receipt on a page, pasted or as a file, and learns which part of it fails."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from meadow.accounts.testing import make_person, sign_in
from meadow.decisions import keys, queries
from meadow.decisions.forms import LONGEST_RECEIPT
from meadow.decisions.testing import make_decision

pytestmark = pytest.mark.django_db
PAGE = "/decisions/verify"


def make_receipt() -> dict[str, Any]:
    return queries.receipt(make_decision(make_person()).public_id)


def check(receipt: Any, *, as_file: bool = False) -> tuple[int, str]:
    text = receipt if isinstance(receipt, str | bytes) else json.dumps(receipt)
    given: dict[str, Any] = {"receipt": text}
    if as_file:
        raw = text.encode() if isinstance(text, str) else text
        given = {"file": SimpleUploadedFile("receipt.json", raw)}
    answer = Client().post(PAGE, given)
    return answer.status_code, answer.content.decode()


def failing(html: str) -> list[str]:
    """Return the parts that the page says are wrong."""
    return [
        " ".join(re.sub("<.*?>", " ", part).split())
        for part in re.findall(r"No:</span>(.*?)<p", html, re.DOTALL)
    ]


def test_a_blank_page_asks_for_a_file_or_its_text() -> None:
    page = Client().get(PAGE).content.decode()

    assert 'type="file"' in page
    assert "<textarea" in page
    assert "verdict-title" not in page


@pytest.mark.parametrize("as_file", [False, True], ids=["pasted", "file"])
def test_a_receipt_that_holds_is_told_in_words(as_file: bool) -> None:
    receipt = make_receipt()

    status, page = check(receipt, as_file=as_file)

    assert status == 200
    assert "This receipt holds" in page
    assert "The example door" in page
    assert "189 more followers are needed." in page
    assert failing(page) == []
    assert page.count("Yes:") == 5


def test_each_part_that_fails_is_named() -> None:
    receipt = make_receipt()
    stranger = keys.signer_of("the secret of another community")
    changes: dict[str, dict[str, Any]] = {
        "text": {"document": receipt["document"].replace("4812", "5812")},
        "key": {"key": {"id": stranger.key_id, "public": stranger.public_key}},
        "signature": {"signature": "0" * 128},
        "torn": {"document": receipt["document"][:-1]},
        "shape": {"index": "0"},
    }

    told = {name: failing(check(receipt | change)[1]) for name, change in changes.items()}

    assert told == {
        "text": ["The decision is in the batch, as it was signed"],
        "key": ["Its key is one of ours", "The signature belongs to the batch"],
        "signature": ["The signature belongs to the batch"],
        "torn": ["Its text is a decision&#x27;s", "The decision is in the batch, as it was signed"],
        "shape": ["It has the form of a receipt"],
    }


def test_another_community_s_receipt_fails_by_its_key_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receipt = make_receipt()
    monkeypatch.setattr(queries, "public_keys", dict)

    _status, page = check(receipt)

    assert failing(page) == ["Its key is one of ours"]
    assert "a key that this installation never signed with" in page


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Choose a receipt&#x27;s file, or paste its text."),
        ({"receipt": "{"}, "This is not JSON"),
        ({"receipt": "x" * (LONGEST_RECEIPT + 1)}, "at most 200000 characters"),
        ({"file": b"\x89PNG"}, "This is not JSON"),
        ({"file": b""}, "This file is empty: choose another one."),
        ({"file": b" " * (LONGEST_RECEIPT + 1)}, "A receipt has 200,000 bytes at most"),
        ({"file": b"{}", "receipt": "{}"}, "There are a file and a text"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(given: dict[str, Any], says: str) -> None:
    if "file" in given:
        given = given | {"file": SimpleUploadedFile("receipt.json", given["file"])}

    answer = Client().post(PAGE, given)

    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_one_s_own_receipt_is_checked_by_a_link_and_nobody_else_s_is() -> None:
    ann = make_person()
    made = make_decision(ann)
    path = f"{PAGE}?of={made.public_id}"

    own = sign_in(ann).get(path)
    other = sign_in(make_person()).get(path)
    stranger = Client().get(path)

    assert "This receipt holds" in own.content.decode()
    assert other.status_code == 404
    assert made.public_id not in other.content.decode()
    assert "This receipt holds" not in stranger.content.decode()


def test_the_page_lists_our_public_keys() -> None:
    make_receipt()

    page = Client().get(reverse("verify_receipt")).content.decode()

    assert keys.current_signer().public_key in page
    assert "signs today" in page
