"""The settings and the acts between people, as a browser sends them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import AccessToken, Block, Follow, Person
from meadow.accounts.services import block_person, follow_person
from meadow.accounts.testing import PASSWORD, WHEN, make_person, sign_in
from meadow.media.models import Upload
from meadow.media.testing import make_photo, make_upload

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAGES = [
    "/settings/profile",
    "/settings/tokens",
    "/settings/blocked",
    "/settings/appearance",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/password/change/",
]
PROFILE = {"name": " Ann ", "bio": "Hi", "region": "CN", "birth_year": "1990", "gender": "female"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_settings_page_opens_for_its_person(path: str, language: str) -> None:
    answer = sign_in(make_person(language=language, password=PASSWORD)).get(path)

    assert answer.status_code == 200
    assert b"<h1" in answer.content


@pytest.mark.parametrize("path", [*PAGES, "/settings"])
def test_a_stranger_is_asked_to_sign_in_and_comes_back(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_the_profile_is_changed() -> None:
    ann = make_person("ann")

    answer = sign_in(ann).post("/settings/profile", PROFILE)

    assert answer["Location"] == "/settings/profile"
    ann.refresh_from_db()
    assert (ann.name, ann.bio, ann.region, ann.birth_year, ann.gender) == (
        "Ann",
        "Hi",
        "CN",
        1990,
        "female",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 41),
        ("bio", "x" * 301),
        ("region", "XX"),
        ("birth_year", "1899"),
        ("birth_year", "2090"),
        ("gender", "robot"),
        ("name", "a\x00b"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(field: str, value: str) -> None:
    ann = make_person("ann", name="Before")

    answer = sign_in(ann).post("/settings/profile", {**PROFILE, field: value})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    ann.refresh_from_db()
    assert (ann.name, ann.region) == ("Before", "")


def test_everything_optional_can_be_taken_back() -> None:
    ann = make_person("ann", name="Ann", region="CN", birth_year=1990, gender="female")

    sign_in(ann).post(
        "/settings/profile",
        {"name": "", "bio": "", "region": "", "birth_year": "", "gender": ""},
    )

    ann.refresh_from_db()
    assert (ann.name, ann.region, ann.birth_year, ann.gender) == ("", "", None, "")


def test_a_new_picture_replaces_the_old_one_and_lets_it_go() -> None:
    ann = make_person("ann")
    old = make_upload(ann.pk, purpose="avatar", attached=True)
    Person.objects.filter(pk=ann.pk).update(avatar=old)
    photo = SimpleUploadedFile("me.jpg", make_photo().read())

    answer = sign_in(ann).post("/settings/avatar", {"avatar": photo})

    assert answer.status_code == 302
    ann.refresh_from_db()
    assert ann.avatar is not None
    assert ann.avatar.pk != old.pk
    assert ann.avatar.attached_at is not None
    old.refresh_from_db()
    assert old.attached_at is None


def test_what_is_no_picture_is_refused_beside_the_field() -> None:
    ann = make_person("ann")
    junk = SimpleUploadedFile("me.jpg", b"not a picture at all")

    answer = sign_in(ann).post("/settings/avatar", {"avatar": junk})

    assert answer.status_code == 422
    assert answer.context["avatar_form"].errors["avatar"]
    assert Upload.objects.count() == 0


def test_a_picture_can_be_removed() -> None:
    ann = make_person("ann")
    Person.objects.filter(pk=ann.pk).update(avatar=make_upload(ann.pk, purpose="avatar"))

    sign_in(ann).post("/settings/avatar/remove")

    ann.refresh_from_db()
    assert ann.avatar is None


def test_theme_and_language_work_signed_out_by_cookie() -> None:
    client = Client()

    client.post("/preferences", {"theme": "dark"})
    answer = client.post("/preferences", {"language": "zh-hans", "next": "/accounts/login/?a=1"})

    assert answer["Location"] == "/accounts/login/?a=1"
    page = client.get("/accounts/login/")
    assert page["Content-Language"] == "zh-hans"
    assert b'lang="zh-Hans"' in page.content
    assert b'data-theme="meadow-night"' in page.content


def test_theme_and_language_are_kept_with_the_account() -> None:
    ann = make_person("ann")

    sign_in(ann).post("/preferences", {"theme": "dark", "language": "zh-hans"})

    elsewhere = sign_in(ann).get("/settings/appearance")
    assert elsewhere["Content-Language"] == "zh-hans"
    assert b'data-theme="meadow-night"' in elsewhere.content


@pytest.mark.parametrize("wanted", [{"theme": "neon"}, {"language": "xx"}])
def test_an_unknown_preference_changes_nothing(wanted: dict[str, str]) -> None:
    ann = make_person("ann")

    answer = sign_in(ann).post("/preferences", wanted)

    assert answer.status_code == 422
    ann.refresh_from_db()
    assert (ann.theme, ann.language) == ("auto", "")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1", ""])
def test_a_preference_never_leads_off_the_site(target: str) -> None:
    answer = Client().post("/preferences", {"theme": "dark", "next": target})

    assert answer["Location"] == "/"


def test_the_browser_s_language_is_taken_when_none_was_chosen() -> None:
    page = Client().get("/accounts/login/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})

    assert page["Content-Language"] == "zh-hans"
    assert "Accept-Language" in page["Vary"]


def test_the_follow_button_answers_with_itself() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    client = sign_in(ann)

    followed = client.post("/@ben/follow", headers=HTMX)
    assert b'action="/@ben/unfollow"' in followed.content
    assert b"<html" not in followed.content
    assert Follow.objects.filter(follower=ann, followed=ben).exists()

    unfollowed = client.post("/@ben/unfollow", {"small": "1"}, headers=HTMX)
    assert b'action="/@ben/follow"' in unfollowed.content
    assert b"btn-sm" in unfollowed.content
    assert not Follow.objects.exists()


def test_following_without_javascript_goes_to_the_person() -> None:
    make_person("ben")

    answer = sign_in(make_person("ann")).post("/@ben/follow")

    assert answer["Location"] == "/@ben"


@pytest.mark.parametrize("act", ["follow", "unfollow", "block", "unblock"])
def test_a_stranger_s_act_is_refused(act: str) -> None:
    make_person("ben")

    answer = Client().post(f"/@ben/{act}")

    assert answer.status_code == 401
    assert not Follow.objects.exists()
    assert not Block.objects.exists()


def test_a_person_who_blocked_me_looks_like_nobody() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    block_person(blocker_id=ben.pk, blocked_id=ann.pk, now=WHEN)
    client = sign_in(ann)

    answers = [
        client.post("/@ben/follow").status_code,
        client.get("/@ben/followers").status_code,
        client.get("/@nobody/followers").status_code,
    ]

    assert answers == [404, 404, 404]


def test_blocking_and_unblocking_by_page() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    client = sign_in(ann)

    client.post("/@ben/block")
    page = client.get("/settings/blocked")
    assert b"@ben" in page.content
    assert Block.objects.filter(blocker=ann, blocked=ben).exists()

    client.post("/@ben/unblock")
    assert not Block.objects.exists()


def test_acts_need_a_post_and_a_token_against_forgery() -> None:
    make_person("ben")
    client = sign_in(make_person("ann"), enforce_csrf_checks=True)

    assert client.get("/@ben/follow").status_code == 405
    assert client.post("/@ben/follow").status_code == 403
    assert not Follow.objects.exists()


def test_a_new_token_is_shown_once() -> None:
    ann = make_person("ann")
    client = sign_in(ann)

    answer = client.post(
        "/settings/tokens", {"name": "script", "scopes": ["notes:read"], "days": "30"}
    )
    secret = answer.context["issued"].secret

    assert secret.encode() in answer.content
    assert answer["Cache-Control"] == "no-store"
    again = client.get("/settings/tokens")
    assert secret.encode() not in again.content
    assert b"script" in again.content


def test_a_token_needs_a_name_and_a_scope() -> None:
    answer = sign_in(make_person()).post("/settings/tokens", {"name": "", "days": "30"})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "scopes"}
    assert AccessToken.objects.count() == 0


def test_a_token_is_revoked_by_page() -> None:
    ann = make_person("ann")
    client = sign_in(ann)
    client.post("/settings/tokens", {"name": "script", "scopes": ["notes:read"], "days": "30"})
    token = AccessToken.objects.get()

    client.post(f"/settings/tokens/{token.public_id}/revoke")

    token.refresh_from_db()
    assert token.revoked_at is not None


def count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", ["/@ann/followers", "/@ann/following", "/settings/blocked"])
def test_a_longer_list_costs_no_more_queries(path: str) -> None:
    ann = make_person("ann")
    client = sign_in(ann)

    def add_people(how_many: int) -> None:
        for _ in range(how_many):
            person = make_person()
            Person.objects.filter(pk=person.pk).update(
                avatar=make_upload(person.pk, purpose="avatar")
            )
            if path == "/settings/blocked":
                block_person(blocker_id=ann.pk, blocked_id=person.pk, now=WHEN)
            else:
                follow_person(follower_id=ann.pk, followed_id=person.pk, now=WHEN)
                follow_person(follower_id=person.pk, followed_id=ann.pk, now=WHEN)

    add_people(2)
    few = count_queries(client, path)
    add_people(10)

    assert count_queries(client, path) == few
    assert few <= 9


def test_more_people_come_as_rows() -> None:
    ann = make_person("ann")
    for _ in range(30):
        follow_person(follower_id=make_person().pk, followed_id=ann.pk, now=WHEN)

    first = Client().get("/@ann/followers")
    rows = Client().get(first.context["more"], headers=HTMX)

    assert len(first.context["people"]) == 24
    assert len(rows.context["people"]) == 6
    assert b"<html" not in rows.content
    assert Client().get("/@ann/followers?cursor=junk").status_code == 400
