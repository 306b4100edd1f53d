"""Joining, signing in and out, forgotten passwords and second steps, through the real pages."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.services import forget_ended_devices
from meadow.accounts.testing import PASSWORD, make_person, sign_in
from meadow.core import clock
from meadow.core.models import GrantEpoch
from meadow.core.realtime import mint_credentials
from meadow.core.testing import race

FORM = {
    "email": "ann@example.org",
    "username": "Ann_1",
    "name": "Ann 安",
    "password1": PASSWORD,
}


def signed_in_as(client: Client) -> str | None:
    pk = client.session.get("_auth_user_id")
    return Person.objects.get(pk=pk).handle if pk else None


@pytest.mark.django_db
def test_signing_up_makes_a_member_and_signs_them_in() -> None:
    client = Client(headers={"Accept-Language": "en"})
    before = clock.now()

    answer = client.post("/accounts/signup/", FORM)

    assert answer.status_code == 302
    ann = Person.objects.get()
    assert (ann.handle, ann.name, ann.email, ann.role) == (
        "Ann_1",
        "Ann 安",
        "ann@example.org",
        "member",
    )
    assert ann.joined_at is not None
    assert ann.joined_at >= before
    assert signed_in_as(client) == "Ann_1"


@pytest.mark.django_db
def test_a_name_can_be_left_out() -> None:
    Client().post("/accounts/signup/", {**FORM, "name": ""})

    assert Person.objects.get().name == ""


@pytest.mark.django_db
def test_the_language_and_theme_chosen_before_are_kept() -> None:
    client = Client()
    client.post("/preferences", {"language": "zh-hans"})
    client.post("/preferences", {"theme": "dark"})

    client.post("/accounts/signup/", FORM)

    assert Person.objects.values_list("language", "theme").get() == ("zh-hans", "dark")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "handle",
    ["an", "a" * 31, "ann!", "ann-1", "安安安", "a b", "admin", "SETTINGS", "_meadow_", "api", ""],
)
def test_a_handle_that_cannot_be_is_refused_with_a_reason(handle: str) -> None:
    answer = Client().post("/accounts/signup/", {**FORM, "username": handle})

    assert answer.status_code == 200
    assert answer.context["form"].errors["username"]
    assert Person.objects.count() == 0


@pytest.mark.django_db
def test_a_handle_is_taken_whatever_its_case() -> None:
    make_person("ann_1")

    answer = Client().post("/accounts/signup/", FORM)

    assert "username" in answer.context["form"].errors
    assert Person.objects.count() == 1


@pytest.mark.django_db
def test_a_known_email_makes_no_second_account() -> None:
    make_person("ben", email="ann@example.org")

    answer = Client().post("/accounts/signup/", FORM)

    assert "email" in answer.context["form"].errors
    assert [person.handle for person in Person.objects.all()] == ["ben"]


@pytest.mark.django_db
@pytest.mark.parametrize("login", ["ann", "ANN", "ann@example.org", "Ann@Example.org"])
def test_one_signs_in_by_handle_or_email(login: str) -> None:
    make_person("ann", password=PASSWORD)
    client = Client()

    client.post("/accounts/login/", {"login": login, "password": PASSWORD})

    assert signed_in_as(client) == "ann"


@pytest.mark.django_db
def test_a_wrong_password_signs_nobody_in() -> None:
    make_person("ann", password=PASSWORD)
    client = Client()

    answer = client.post("/accounts/login/", {"login": "ann", "password": "wrong"})

    assert answer.status_code == 200
    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_guessing_a_password_is_stopped_even_with_the_right_one() -> None:
    make_person("ann", password=PASSWORD)
    for _ in range(5):
        Client().post("/accounts/login/", {"login": "ann", "password": "wrong"})
    client = Client()

    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})

    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_a_forgotten_password_is_replaced_by_mail() -> None:
    ann = make_person("ann", password=PASSWORD)
    mint_credentials(person_id=ann.pk, now=clock.now())
    client = Client()

    client.post("/accounts/password/reset/", {"email": "ann@example.org"})
    found = re.search(
        r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body)
    )
    assert found
    form = client.get(found[1], follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": "quiet-meadow-77", "password2": "quiet-meadow-77"})

    ann.refresh_from_db()
    assert ann.check_password("quiet-meadow-77")
    assert GrantEpoch.objects.get(pk=ann.pk).epoch == 2  # the old realtime credentials are deaf


@pytest.mark.django_db
def test_an_unknown_email_is_not_given_away() -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})

    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/password/reset/done/"


@pytest.mark.django_db
def test_a_second_step_is_asked_for_once_it_is_set_up() -> None:
    ann = make_person("ann", password=PASSWORD)
    client = Client()
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
    assert Authenticator.objects.filter(user=ann, type="totp").exists()
    assert Authenticator.objects.filter(user=ann, type="recovery_codes").exists()

    other = Client()
    answer = other.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert signed_in_as(other) is None


def totp(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))


@pytest.mark.django_db
def test_devices_are_listed_and_ended() -> None:
    ann = make_person("ann", password=PASSWORD)
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})

    page = here.get("/accounts/sessions/")
    assert page.status_code == 200
    assert len(page.context["sessions"]) == 2
    here.post("/accounts/sessions/")

    assert signed_in_as(here) == ann.handle
    assert there.get("/settings/profile").status_code == 302


@pytest.mark.django_db
def test_signing_out_needs_a_press() -> None:
    client = sign_in(make_person())

    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in_as(client) is not None
    client.post("/accounts/logout/")
    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_too_many_sign_ins_from_one_place_are_told_in_our_own_words() -> None:
    answers = [
        Client().post("/accounts/login/", {"login": f"nobody{n}", "password": "x"})
        for n in range(31)
    ]

    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"
    assert b"rate_limited" in answers[-1].content


@pytest.mark.django_db(transaction=True)
def test_sign_in_attempts_are_counted_over_all_web_processes() -> None:
    make_person("ann", password=PASSWORD)

    # Each thread has a connection and a cache client of its own, as each web process has.
    def guess(number: int) -> int:
        answer = Client().post("/accounts/login/", {"login": "ann", "password": f"wrong{number}"})
        return answer.status_code

    for _ in range(3):
        race(guess, runners=3)
    client = Client()
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})

    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_the_address_of_an_ended_session_is_forgotten() -> None:
    ann = make_person("ann", password=PASSWORD)
    clients = [Client(), Client()]
    for client in clients:
        client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    Session.objects.filter(pk=clients[0].session.session_key).delete()

    assert forget_ended_devices() == 1

    kept = UserSession.objects.get(user=ann)
    assert kept.session_key == clients[1].session.session_key
