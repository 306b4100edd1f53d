"""An order as somebody asks for it: nothing here is checked yet."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What to promote, to whom, for how much (minor units of `unit`) and how long.

    `audience` is as `audiences.definition.to_json`; `saved_audience` names one that is taken instead.
    Without `starts_at` it starts at once.
    """

    note: str
    goal: str
    unit: str
    budget: int
    hours: int
    audience: Mapping[str, Any] = field(default_factory=lambda: {"all": []})
    saved_audience: str = ""
    starts_at: dt.datetime | None = None
    coupon: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what an order keeps of how it was asked for, to know the same request again."""
        starts_at = self.starts_at.isoformat() if self.starts_at else None
        return asdict(self) | {"audience": dict(self.audience), "starts_at": starts_at}


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What is to change of an order; None stays as it is."""

    goal: str | None = None
    audience: Mapping[str, Any] | None = None
    saved_audience: str | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
