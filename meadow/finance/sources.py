"""What can wait and get stuck: a registry, which packages that move money may add to in apps.ready()."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from meadow.core.waiting import Ask, Total, Waiting


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of thing that waits; `read` and `total` answer as `meadow.core.waiting` says.

    `waits` puts it among what is under way, `sticks` among what is stuck once it is older than the
    terms say for `name` (`minutes` where they say nothing). `advice` says what to do about a stuck
    one, `link` leads there by its name and `about`, `say` writes a line's `about` in words.
    """

    name: str
    title: str | Promise
    advice: str | Promise
    read: Callable[[Ask], list[Waiting]]
    total: Callable[[Ask], list[Total]]
    link: Callable[[Waiting], str]
    minutes: int
    say: Callable[[Waiting], str] = lambda one: one.about
    waits: bool = True
    sticks: bool = True


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Add a kind of thing that waits. Raises ValueError for a second owner of its name."""
    if source.name in _sources and _sources[source.name] != source:
        raise ValueError(f"{source.name} is registered already")
    _sources[source.name] = source


def list_sources(*, stuck: bool) -> list[Source]:
    """Return the kinds that can be stuck, or those that are under way."""
    return [one for one in _sources.values() if (one.sticks if stuck else one.waits)]
