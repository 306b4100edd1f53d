"""`<handle:handle>` in an address: what can be somebody's handle, and nothing else."""

from django.urls import register_converter
from django.urls.converters import get_converters

from meadow.accounts.handles import HANDLE


class HandleConverter:
    """Passes a handle through as it was typed."""

    regex = HANDLE.pattern

    def to_python(self, value: str) -> str:
        """Return the handle in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return the handle for an address."""
        return value


def register_handle_converter() -> None:
    """Make `handle` known to path(); each table of addresses that uses it calls this."""
    if "handle" not in get_converters():
        register_converter(HandleConverter, "handle")
