"""Whom that belongs to which is left of erased people: nobody, a person who never was."""

from typing import Final

from django.contrib.auth.hashers import make_password

from meadow.accounts.models import Person

# A handle that is kept for the site (handles.py).
NOBODY: Final = "deleted"


def find_nobody() -> int:
    """Return the id of the person who stands for those who are gone; nobody signs in as them or sees them."""
    person, _ = Person.objects.get_or_create(
        handle=NOBODY, defaults={"is_active": False, "password": make_password(None)}
    )
    return person.pk
