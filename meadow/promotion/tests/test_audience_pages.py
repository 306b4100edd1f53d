"""Audiences in pages and over the API: described, kept, counted, uploaded, and one's own choice."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from pyroaring import BitMap
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.notes.testing import make_note, make_topic
from meadow.programs import checks
from meadow.programs.models import Program
from meadow.programs.testing import admit, ensure_program
from meadow.promotion.audience_forms import AudienceForm, initial_of
from meadow.promotion.audiences.definition import from_json, to_json
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.models import AdChoice, AudienceAnswer, SavedAudience, UploadedList
from meadow.promotion.testing import make_list, make_order, make_snapshot

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
JSON = "application/json"
TEA = {"in": "interest", "values": ["tea"]}


@pytest.fixture
def buyer(db: None) -> Person:
    """Somebody who may order."""
    ensure_program("promotion")
    Program.objects.filter(slug="promotion").update(is_built=True)
    checks.forget_programs()
    person = make_person()
    admit(person.pk, "promotion")
    return person


@pytest.fixture
def client(buyer: Person) -> Client:
    """Their browser."""
    return sign_in(buyer)


def world() -> AudienceIndex:
    index = AudienceIndex(BitMap(range(8_000)), BitMap(range(8_000)))
    index.fill(dimension="interest", value="tea", people=range(4_000))
    return index


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def api(client: Client, method: str, path: str, body: Any = None) -> Any:
    given = {} if body is None else {"data": body, "content_type": JSON}
    return getattr(client, method)(f"/api/v1/promotion/{path}", **given)


def test_an_audience_is_described_in_a_form_that_needs_no_script(
    buyer: Person, client: Client
) -> None:
    mei = make_person("mei_brews")
    make_topic("tea", make_note(mei.pk, photos=0))
    mine = make_list(buyer, [1])
    fields = {
        "who-name": "Tea people",
        "who-age": ["18-24", "25-34"],
        "who-gender": "female",
        "who-region_more": "Germany, cn",
        "who-interest_more": "#Tea",
        "who-active_hour": ["20", "21"],
        "who-fans_of_more": "@Mei_Brews",
        "who-list": mine.public_id,
        "who-look_alike": mine.public_id,
        "who-percent": "3",
        "who-not_engaged_with_more": "mei_brews",
        "who-not_list": mine.public_id,
        "act": "keep",
    }

    answer = client.post("/promote/audiences/new", fields)

    assert answer.status_code == 302
    kept = SavedAudience.objects.get()
    assert (kept.name, kept.person) == ("Tea people", buyer)
    assert kept.definition == {
        "all": [
            {"in": "age", "values": ["18-24", "25-34"]},
            {"in": "gender", "values": ["female"]},
            {"in": "region", "values": ["CN", "DE"]},
            {"in": "interest", "values": ["tea"]},
            {"in": "active_hour", "values": ["20", "21"]},
            {"in": "fans_of", "values": [mei.public_id]},
            {"in": "list", "values": [mine.public_id]},
            {"in": "look_alike", "values": [f"{mine.public_id}:3"]},
            {"not": {"in": "engaged_with", "values": [mei.public_id]}},
            {"not": {"in": "list", "values": [mine.public_id]}},
        ]
    }
    shown = client.get(f"/promote/audiences/{kept.public_id}").content.decode()
    assert 'value="CN"' in shown
    assert "@mei_brews" in shown
    again = AudienceForm(initial=initial_of(from_json(kept.definition)), person_id=buyer.pk)
    assert [pick.chips for pick in again.picks()][1] == [("tea", "#tea")]


def test_what_is_typed_and_not_found_is_said_and_nothing_is_kept(client: Client) -> None:
    answer = client.post(
        "/promote/audiences/new", {"who-name": "x", "who-fans_of_more": "nobody_here, so_and_so"}
    )

    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Nothing goes by the name nobody_here, so_and_so here." in said
    assert 'value="nobody_here, so_and_so"' in said
    assert not SavedAudience.objects.exists()


def test_what_is_typed_is_picked_on_the_spot(buyer: Person, client: Client) -> None:
    answer = client.post("/promote/audiences/editor", {"who-region_more": "Germany"})

    said = answer.content.decode()
    assert 'value="DE"' in said
    assert "Germany" in said
    assert 'value="Germany" />' not in said


def test_an_empty_form_is_everybody_and_a_bent_one_is_not_lost(buyer: Person) -> None:
    form = AudienceForm(QueryDict(""), person_id=buyer.pk)
    assert form.is_valid()
    assert to_json(form.read_definition()) == {"all": []}

    for data in (
        {"any": [TEA, {"in": "age", "values": ["55-"]}]},
        {"all": [TEA, {"in": "interest", "values": ["walks"]}]},
        {"not": {"in": "age", "values": ["55-"]}},
        {"in": "look_alike", "values": ["l1:2", "l2:2"]},
    ):
        assert initial_of(from_json(data)) is None
    assert initial_of(from_json({"all": []})) == {}


def test_the_size_follows_the_form_and_says_the_floor(buyer: Person, client: Client) -> None:
    index = world()
    index.fill(dimension="interest", value="rare", people=range(20))
    make_snapshot(index, now=NOW)

    enough = client.post("/promote/audiences/size", {"who-interest": "tea"}).content.decode()
    small = client.post("/promote/audiences/size", {"who-interest": "rare"}).content.decode()

    assert "About " in enough
    assert "people" in enough
    assert "Fewer than 1,000 people, or too close to it: widen it." in small
    assert "20" not in small.replace("2026", "")


@pytest.mark.usefixtures("client")
def test_over_the_api_an_audience_is_kept_changed_and_deleted(
    buyer: Person, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = api(client, "post", "audiences", {"name": "Tea", "definition": TEA})
    assert made.status_code == 201
    path = f"audiences/{made.json()['id']}"

    changed = api(client, "put", path, {"name": "All", "definition": {"all": []}})
    bad = api(client, "put", path, {"name": "All", "definition": {"in": "shoe", "values": ["9"]}})

    assert (changed.json()["words"], changed.json()["definition"]) == ("everybody", {"all": []})
    assert (bad.status_code, bad.json()["code"]) == (422, "audience_invalid")
    for _ in range(5):
        api(client, "post", "audiences", {"name": f"Tea {_}", "definition": TEA})
    with django_assert_max_num_queries(12):
        listed = api(client, "get", "audiences").json()["items"]
    assert [one["name"] for one in listed] == ["All", *(f"Tea {number}" for number in range(5))]
    assert api(client, "delete", path).status_code == 204
    assert api(client, "get", path).status_code == 404


def test_nothing_of_somebody_else_is_there(buyer: Person, client: Client) -> None:
    other = make_person()
    theirs = make_list(other, range(5_000))
    kept = SavedAudience.objects.create(
        public_id="dtheirs", person=other, name="x", definition=TEA, saved_at=NOW
    )
    make_snapshot(world(), now=NOW)
    named = {"in": "list", "values": [theirs.public_id]}

    answers = [
        api(client, "get", f"audiences/{kept.public_id}"),
        api(client, "put", f"audiences/{kept.public_id}", {"name": "y", "definition": TEA}),
        api(client, "delete", f"audiences/{kept.public_id}"),
        api(client, "delete", f"lists/{theirs.public_id}"),
        api(client, "post", "audiences/size", {"definition": named}),
        api(client, "post", "audiences", {"name": "y", "definition": {"not": named}}),
        client.get(f"/promote/audiences/{kept.public_id}"),
        client.post(f"/promote/audiences/{kept.public_id}/delete"),
        client.post(f"/promote/lists/{theirs.public_id}/delete"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert SavedAudience.objects.get().name == "x"
    assert UploadedList.objects.count() == 1
    assert not AudienceAnswer.objects.exists()


def test_who_may_not_order_asks_no_sizes_and_uploads_nothing(buyer: Person) -> None:
    outside = sign_in(make_person())
    make_snapshot(world(), now=NOW)

    answers = [
        api(outside, "post", "audiences/size", {"definition": TEA}),
        api(outside, "post", "audiences", {"name": "x", "definition": TEA}),
        api(outside, "post", "lists", {"name": "x", "digests": [digest("a")]}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["programs.capability_closed"] * 3
    assert outside.get("/promote/audiences").status_code == 200
    assert not AudienceAnswer.objects.exists()
    reads_only = Client(headers={"Authorization": f"Bearer {make_token(buyer, 'promotion:read')}"})
    assert api(reads_only, "get", "audiences").status_code == 200
    assert api(reads_only, "post", "audiences", {"name": "x", "definition": TEA}).status_code == 403


def test_the_attack_on_the_floor_gets_nothing_over_the_api(buyer: Person, client: Client) -> None:
    # 999 accounts of one's own and one other: does the answer change with what the one is?
    answers = []
    for knows_tea in (True, False):
        index = world()
        mine = make_list(buyer, range(6_000, 7_000), name=f"{knows_tea}")
        tea = range(6_000, 7_000 if knows_tea else 6_999)
        index.fill(dimension="interest", value="tea", people=tea)
        make_snapshot(index, now=NOW)
        both = {"all": [{"in": "list", "values": [mine.public_id]}, TEA]}
        # Asked over and over, and written otherwise, the same question has the same answer.
        written = [both, {"all": [TEA, both]}, {"not": {"not": both}}] * 5
        for data in written:
            answer = api(client, "post", "audiences/size", {"definition": data})
            answers.append(answer.json())

    assert {one["enough"] for one in answers} == {False}
    assert {one["about"] for one in answers} == {None}
    # The whole and the list, once each in both worlds.
    assert AudienceAnswer.objects.count() == 4


def test_a_list_is_matched_by_hash_and_no_hash_is_kept(buyer: Person, client: Client) -> None:
    found = make_person("Found_One", email="Found@Example.org")
    EmailAddress.objects.create(user=found, email="Found@Example.org", verified=True, primary=True)
    unsure = make_person(email="unsure@example.org")
    EmailAddress.objects.create(user=unsure, email="unsure@example.org", verified=False)
    named = make_person("By_Handle")
    hashes = [digest("found@example.org"), digest("unsure@example.org"), digest("by_handle")]

    answer = client.post(
        "/promote/lists/new",
        {
            "name": "Customers",
            "file": SimpleUploadedFile(
                "list.txt", "\r\n".join([*hashes, digest("nobody@example.org"), ""]).encode()
            ),
        },
    )

    assert answer.status_code == 302
    kept = UploadedList.objects.get()
    assert set(BitMap.deserialize(bytes(kept.matched))) == {found.pk, named.pk}
    assert (kept.lines, kept.person) == (4, buyer)
    listed = api(client, "get", "lists").json()["items"]
    assert listed == [
        {
            "id": kept.public_id,
            "name": "Customers",
            "lines": 4,
            "uploaded_at": listed[0]["uploaded_at"],
        }
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"mei@example.com",
            "line 1: each line is the SHA-256 hash of an e-mail address or a handle",
        ),
        (b"\xff\xfe\x00\x01" * 100, "line 1"),
        (b"\n\n  \n", "There is nothing on this list."),
        (digest("a").encode() + b" " + digest("b").encode(), "line 1"),
        (b"", "This file is empty: choose another one."),
        (b"'; DROP TABLE accounts_person; --", "line 1"),
        (("g" * 64).encode(), "line 1"),
    ],
)
def test_hostile_uploads_are_refused_in_words(client: Client, content: bytes, said: str) -> None:
    answer = client.post(
        "/promote/lists/new", {"name": "x", "file": SimpleUploadedFile("list.txt", content)}
    )

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not UploadedList.objects.exists()


def test_a_list_of_too_many_lines_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meadow.promotion.audiences.uploads.MOST_LINES", 2)
    hashes = [digest(name) for name in "abc"]

    answer = api(client, "post", "lists", {"name": "x", "digests": hashes})

    assert (answer.status_code, answer.json()["code"]) == (422, "audience_invalid")
    assert not UploadedList.objects.exists()


def test_a_list_goes_when_no_order_needs_it(buyer: Person, client: Client) -> None:
    mine = make_list(buyer, [1])
    like = {"in": "look_alike", "values": [f"{mine.public_id}:5"]}
    order = make_order(buyer=buyer, now=NOW, audience={"all": [TEA, {"not": like}]})

    refused = api(client, "delete", f"lists/{mine.public_id}")
    order.state, order.ended_at = "cancelled", NOW
    order.save()
    gone = api(client, "delete", f"lists/{mine.public_id}")

    assert (refused.status_code, refused.json()["code"]) == (409, "audience_list_in_use")
    assert gone.status_code == 204
    assert not UploadedList.objects.exists()


@pytest.mark.django_db
def test_the_choice_about_promoted_notes_is_made_in_a_page_and_over_the_api() -> None:
    person = make_person(birth_year=1990)
    browser = sign_in(person)

    page = browser.get("/settings/promoted").content.decode()
    said_yes = browser.post("/settings/promoted", {"by_interest": "yes"})
    over_api = api(browser, "get", "choice").json()
    taken_back = api(browser, "put", "choice", {"by_interest": False}).json()

    assert "nothing is known of you for them" in page
    assert said_yes.status_code == 302
    assert over_api == {"by_interest": True, "may_choose": True}
    assert taken_back == {"by_interest": False, "may_choose": True}
    assert browser.post("/settings/promoted", {"by_interest": "maybe"}).status_code == 422
    assert AdChoice.objects.get().by_interest is False


@pytest.mark.django_db
def test_under_18_the_page_says_why_there_is_no_yes() -> None:
    browser = sign_in(make_person(birth_year=2010))

    page = browser.get("/settings/promoted").content.decode()
    answer = api(browser, "put", "choice", {"by_interest": True})

    assert "by your year of birth you may be under 18" in page
    assert 'value="yes"' not in page
    assert (answer.status_code, answer.json()["code"]) == (403, "promoted_notes_too_young")
    assert not AdChoice.objects.exists()
