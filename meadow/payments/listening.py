"""News of providers that is about something of another package: registered by the start of its kind."""

from collections.abc import Callable

from meadow.payments.providers.port import News

# Handed the provider's name and the verified news, in the transaction that keeps it.
Listener = Callable[[str, News], None]

_listeners: dict[str, Listener] = {}


def register(kind_prefix: str, listener: Listener) -> None:
    """Hear of all verified news whose kind begins so. Raises ValueError for a second owner."""
    if _listeners.get(kind_prefix, listener) != listener:
        raise ValueError(f"{kind_prefix} is heard already")
    _listeners[kind_prefix] = listener


def tell_listeners(provider: str, news: News) -> None:
    """Hand news to whoever registered for its kind."""
    for prefix, listener in _listeners.items():
        if news.kind.startswith(prefix):
            listener(provider, news)
