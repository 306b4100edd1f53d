"""Which words a handle, a name or a profile may not hold: integrity, which stands above, says so."""

from collections.abc import Callable
from typing import Literal

from django.core.exceptions import ValidationError

from meadow.core.errors import MeadowError

Place = Literal["handle", "profile"]
# Raises a MeadowError that names the word.
Check = Callable[[Place, str], None]

_checks: list[Check] = []


def register(check: Check) -> None:
    """Have names held against a check; called in AppConfig.ready()."""
    _checks.append(check)


def check_words(place: Place, text: str) -> None:
    """Raise what a check raises for words that are not accepted."""
    for check in _checks:
        check(place, text)


def validate_words(place: Place, text: str) -> None:
    """Say the same beside a form's field. Raises Django's ValidationError."""
    try:
        check_words(place, text)
    except MeadowError as refused:
        raise ValidationError(refused.sentences(), code=refused.code) from refused
