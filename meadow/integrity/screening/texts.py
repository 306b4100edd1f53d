"""Recent texts for dry runs: packages that own texts say which stand in public now."""

from collections.abc import Callable, Sequence

from meadow.integrity.screening.matching import Scope
from meadow.integrity.screening.records import RecentText

# Given a scope and how many at most; returns the newest first.
Source = Callable[[Scope, int], Sequence[RecentText]]

_sources: dict[Scope, Source] = {}


def register(scope: Scope, source: Source) -> None:
    """Set who knows the texts of a scope; called in AppConfig.ready()."""
    _sources[scope] = source


def recent(scope: Scope, most: int) -> Sequence[RecentText]:
    """Return the newest texts of a scope, none where nobody knows them."""
    source = _sources.get(scope)
    return source(scope, most) if source else ()
