"""Factories for tests: people, and clients signed in as them."""

import datetime as dt
import itertools
import secrets
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.services import issue_token
from meadow.accounts.sessions import SessionStore
from meadow.core import clock

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
PASSWORD = "sunny-notebook-42"  # noqa: S105 - of people who exist in tests only
_numbers = itertools.count(1)


def make_person(handle: str | None = None, **fields: Any) -> Person:
    """Return a member; without a handle they get a fresh one. `password=` gives them one."""
    # Several processes make people for one site, each of them counting from one.
    handle = handle or f"person{next(_numbers)}_{secrets.token_hex(3)}"
    password = fields.pop("password", None)
    fields.setdefault("email", f"{handle.lower()}@example.org")
    fields.setdefault("joined_at", WHEN)
    return Person.objects.create_user(handle, password=password, **fields)


def sign_in(person: Person, **options: Any) -> Client:
    """Return a test client that is signed in as `person`, with the row that notes whose session it is.

    The session is written as the form leaves it: to go by Client.force_login() takes ten queries.
    """
    client = Client(**options)
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
    )
    session.create()
    key = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = str(key)
    UserSession.objects.create(user=person, session_key=key, ip="127.0.0.1", user_agent="tests")
    return client


def make_token(person: Person, *scopes: str) -> str:
    """Return the secret of a fresh token, valid for a year from now."""
    now = clock.now()
    return issue_token(
        person_id=person.pk,
        name="test",
        scopes=scopes,
        expires_at=now + dt.timedelta(days=365),
        now=now,
    ).secret
