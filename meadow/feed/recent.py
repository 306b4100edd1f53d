"""What a process used last, shared between its threads."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The most recently used values of a process; safe to share between its threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a kept value, which becomes the most recent."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def get_all(self, keys: Sequence[K]) -> list[V | None]:
        """Return kept values, None for each that is not; they become the most recent."""
        with self._lock:
            values = list(map(self._values.get, keys))
            for key, value in zip(keys, values, strict=True):
                if value is not None:
                    self._values.move_to_end(key)
            return values

    def look_up(self, keys: Iterable[K]) -> list[V | None]:
        """Return kept values as `get_all` does, but they become no more recent."""
        return list(map(self._values.get, keys))

    def put(self, key: K, value: V) -> None:
        """Keep a value; the least recently used makes room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one value, if it is kept."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Drop everything: for tests."""
        with self._lock:
            self._values.clear()
