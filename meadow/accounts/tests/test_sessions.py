"""A session brings its person along, and never one that it does not prove."""

import datetime as dt

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.sessions import SessionStore, person_of, proven_person
from meadow.accounts.testing import PASSWORD, make_person

pytestmark = pytest.mark.django_db


def request_with(session: SessionStore) -> HttpRequest:
    request = HttpRequest()
    request.session = session
    return request


def session_of(person: Person) -> SessionStore:
    """Sign in as people do, through the form: that is what notes whose session it is."""
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    answer = client.post("/accounts/login/", {"login": person.handle, "password": PASSWORD})
    assert answer.status_code == 302
    return SessionStore(client.session.session_key)


def test_session_and_person_are_one_round_trip() -> None:
    ann = make_person("ann")
    session = session_of(ann)

    with CaptureQueriesContext(connection) as asked:
        found = person_of(request_with(session))

    assert found == ann
    assert len(asked) == 1


def test_the_person_is_whole() -> None:
    ann = make_person("ann", name="Ann", bio="Clay.", follower_count=7)

    found = person_of(request_with(session_of(ann)))

    assert isinstance(found, Person)
    expected = Person.objects.get(pk=ann.pk)
    for field in Person._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(expected, field.attname)


def test_a_new_password_ends_the_session() -> None:
    ann = make_person("ann")
    session = session_of(ann)
    ann.set_password("after-it-was-sunny-8")
    ann.save()

    assert isinstance(person_of(request_with(session)), AnonymousUser)


def test_an_inactive_person_is_not_signed_in() -> None:
    ann = make_person("ann")
    session = session_of(ann)
    Person.objects.filter(pk=ann.pk).update(is_active=False)

    assert isinstance(person_of(request_with(session)), AnonymousUser)


def test_an_expired_session_is_empty() -> None:
    session = session_of(make_person("ann"))
    Session.objects.update(expire_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    assert isinstance(person_of(request_with(session)), AnonymousUser)
    assert session.session_key is None


def test_a_row_that_names_somebody_else_proves_nothing() -> None:
    ann, eve = make_person("ann"), make_person("eve")
    session = session_of(ann)
    UserSession.objects.filter(session_key=session.session_key).update(user=eve)

    assert proven_person(session) is None
    assert person_of(request_with(session)) == ann


def test_a_session_without_its_row_still_works() -> None:
    ann = make_person("ann")
    session = session_of(ann)
    UserSession.objects.all().delete()

    assert person_of(request_with(session)) == ann
