"""What the chart card shows: a table of figures, of which the browser draws the chart."""

from dataclasses import dataclass
from typing import Literal

# What is "table" stands in the table alone.
Role = Literal["main", "quiet", "before", "gain", "loss", "net", "table"]
Unit = Literal["count", "ms", "ratio"]


@dataclass(frozen=True, slots=True)
class Column:
    """One series: its name over the table and beside its line, and how it is drawn."""

    name: str
    unit: Unit
    role: Role


@dataclass(frozen=True, slots=True)
class Cell:
    """One number, as it is and as it is written; `href` leads to the facts behind it."""

    value: int | float | None
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `short` is what stands under the axis."""

    label: str
    short: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart card: `title` says the finding, `text` what is shown; the table is the data."""

    id: str
    kind: Literal["lines", "bars", "level", "interval"]
    title: str
    text: str
    heading: str
    columns: list[Column]
    rows: list[Row]
    csv_url: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but zeros."""
        return not any(cell.value for row in self.rows for cell in row.cells)
