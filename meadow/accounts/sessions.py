"""Sessions in PostgreSQL, fetched together with the person they belong to: one round trip, not two.

What every page of a signed-in person shows besides (the count at the bell) comes along with them:
the package that shows it registers the expression, and finds the value in `person.beside`.
"""

from functools import cache, lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user,
)
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core import signing
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from meadow.accounts.models import Person
from meadow.core.database import fetch_prepared

SESSIONS_REMEMBERED: Final = 10_000  # of which a process knows the signature, half a kilobyte each
_FIELDS = [field.attname for field in Person._meta.concrete_fields]
_COLUMNS = ", ".join(f'p."{field.column}"' for field in Person._meta.concrete_fields)
# allauth notes whose session it is beside the session, which itself says so only inside its data.
_FROM = """
FROM django_session s
LEFT JOIN usersessions_usersession u ON u.session_key = s.session_key
LEFT JOIN accounts_person p ON p.id = u.user_id
WHERE s.session_key = %s AND s.expire_date > now()
"""
_beside: dict[str, str] = {}


def read_beside(name: str, expression: str) -> None:
    """Have `expression`, SQL for one value over the person's row `p`, read with every session.

    It is part of every request, so it must be as cheap as a look into an index. For AppConfig.ready().
    """
    _beside[name] = expression
    _load.cache_clear()


@cache
def _load() -> str:
    beside = "".join(f", {expression}" for expression in _beside.values())
    return f"SELECT s.session_data, {_COLUMNS}{beside}{_FROM}"


class SessionStore(DatabaseStore):
    """Django's database sessions; `person` is whoever came along with the data, unproven."""

    person: Person | None = None

    def load(self) -> dict[str, Any]:
        """Return the session's data, empty when there is no such session or it has expired."""
        rows = fetch_prepared(_load(), [self.session_key])
        if not rows:
            self._session_key = None
            return {}
        row = rows[0]
        if row[1] is not None:
            beside = 1 + len(_FIELDS)
            self.person = Person.from_db(connection.alias, _FIELDS, row[1:beside])
            self.person.beside = dict(zip(_beside, row[beside:], strict=True))
        return self.decode(row[0])

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return what a session says; its signature is checked once in a while of this process."""
        try:
            said: dict[str, Any] = self.serializer().loads(
                _signed(str(session_data), self.key_salt, settings.SECRET_KEY)
            )
        except (signing.BadSignature, ValueError):
            return super().decode(session_data)
        return said


class _AsItIs:
    """Leaves what was signed as it is."""

    def dumps(self, obj: bytes) -> bytes:
        """Return the bytes."""
        return obj

    def loads(self, data: bytes) -> bytes:
        """Return the bytes."""
        return data


@lru_cache(maxsize=SESSIONS_REMEMBERED)
def _signed(session_data: str, salt: str, secret: str) -> bytes:
    """Return what a session's row says once its signature was found to be ours. Raises BadSignature.

    The same words always have the same answer, and whoever reads opens many pages.
    """
    signed: bytes = signing.loads(session_data, salt=salt, serializer=_AsItIs)
    return signed


@lru_cache(maxsize=SESSIONS_REMEMBERED)
def _proof(password: str, secret: str) -> str:
    """Return what a session must hold of whoever has this password hash: it depends on nothing else."""
    return str(Person(password=password).get_session_auth_hash())


class PersonMiddleware(AuthenticationMiddleware):
    """Sets `request.user` from the session's own row; whatever is unusual, Django decides."""

    def process_request(self, request: HttpRequest) -> None:
        """Make `user` a promise: a page that does not ask costs no query."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: person_of(request))  # type: ignore[assignment]


def person_of(request: HttpRequest) -> Person | AnonymousUser:
    """Return whoever is signed in, found once a request."""
    known: Person | AnonymousUser | None = getattr(request, "_cached_user", None)
    if known is None:
        known = proven_person(request.session) or get_user(request)
        request._cached_user = known  # type: ignore[attr-defined]
    return known


def proven_person(session: Any) -> Person | None:
    """Return the person of a session if the session's signed data names and proves exactly them."""
    named = session.get(SESSION_KEY)
    person: Person | None = getattr(session, "person", None)
    if person is None or named != str(person.pk) or not person.is_active:
        return None
    if BACKEND_SESSION_KEY not in session:
        return None
    # A new password changes the hash and so ends every other session; old keys are Django's to try.
    proof = session.get(HASH_SESSION_KEY, "")
    expected = _proof(person.password, settings.SECRET_KEY)
    return person if constant_time_compare(proof, expected) else None
