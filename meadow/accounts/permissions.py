"""Who may do what by role; the owner of a thing is decided where the thing is."""

from typing import TYPE_CHECKING

from meadow.accounts.models import Person
from meadow.core.errors import NotSignedIn, PermissionDenied

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def is_moderator(person: "Person | AnonymousUser") -> bool:
    """Whether somebody keeps order: moderators, and operators too."""
    role = getattr(person, "role", "")
    return role in (Person.Role.MODERATOR, Person.Role.OPERATOR)


def is_operator(person: "Person | AnonymousUser") -> bool:
    """Whether somebody runs the installation."""
    return getattr(person, "role", "") == Person.Role.OPERATOR


def require_person(person: "Person | AnonymousUser") -> Person:
    """Return the signed-in person. Raises NotSignedIn."""
    if not isinstance(person, Person) or not person.is_active:
        raise NotSignedIn
    return person


def require_moderator(person: "Person | AnonymousUser") -> Person:
    """Return the signed-in moderator. Raises NotSignedIn, PermissionDenied."""
    if not is_moderator(require_person(person)):
        raise PermissionDenied
    return require_person(person)


def require_operator(person: "Person | AnonymousUser") -> Person:
    """Return the signed-in operator. Raises NotSignedIn, PermissionDenied."""
    if not is_operator(require_person(person)):
        raise PermissionDenied
    return require_person(person)
