"""What a bench is: named work that yields rows, each with a goal that holds or does not."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from meadow.bench.machine import read_machine

AT_LEAST, AT_MOST = ">=", "<="


@dataclass(frozen=True)
class Bound:
    """A limit on `ours`, or on `ratio` where `of_ratio` is set."""

    sign: str
    value: float
    of_ratio: bool = False

    def holds(self, *, ours: float, ratio: float | None) -> bool:
        """Say whether a measurement keeps the limit."""
        measured = ratio if self.of_ratio else ours
        if measured is None:
            return False
        return measured >= self.value if self.sign == AT_LEAST else measured <= self.value

    def text(self) -> str:
        """Return the limit as it is printed and stored."""
        return f"{self.sign} {self.value:g}{'x' if self.of_ratio else ''}"


@dataclass(frozen=True)
class Row:
    """One line of a bench: what was measured, beside what, against which goal.

    `ours` is None when it could not be measured; `note` then says why, and the row does not hold.
    """

    measure: str
    unit: str
    goal: Bound
    stretch: Bound | None = None
    ours: float | None = None
    beside: dict[str, float] = field(default_factory=dict)
    ratio: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the goal was reached."""
        return self.ours is not None and self.goal.holds(ours=self.ours, ratio=self.ratio)

    def as_json(self) -> dict[str, Any]:
        """Return the row as the results file stores it."""
        row: dict[str, Any] = {
            "measure": self.measure,
            "unit": self.unit,
            "ours": self.ours if self.ours is not None else self.note,
            "beside": self.beside,
            "ratio": self.ratio,
            "goal": self.goal.text(),
            "stretch": self.stretch.text() if self.stretch else None,
            "holds": self.holds,
        }
        if self.note:
            row["note"] = self.note
        return row


class Steps(Protocol):
    """How a bench says where it is."""

    def start(self, what: str) -> None:
        """Begin the next step."""
        ...


@dataclass
class Bench:
    """A named piece of work; `steps` is how many steps `run` announces."""

    name: str
    about: str
    steps: int
    run: Callable[[Steps], Sequence[Row]]


class _BarSteps:
    """Steps on a progress bar."""

    def __init__(self, progress: Progress, name: str, total: int) -> None:
        self._progress = progress
        self._name = name
        self._task = progress.add_task(name, total=total)
        self._begun = False

    def start(self, what: str) -> None:
        """Advance over the step that ended and name the one that begins."""
        if self._begun:
            self._progress.advance(self._task)
        self._begun = True
        self._progress.update(self._task, description=f"{self._name}: {what}")

    def finish(self) -> None:
        """Fill the bar."""
        task = self._progress.tasks[self._task]
        self._progress.update(self._task, completed=task.total, description=self._name)


def run_benches(benches: Sequence[Bench], *, console: Console) -> dict[str, Any]:
    """Run the benches one after the other, print their tables, and return the results document."""
    results: list[dict[str, Any]] = []
    for bench in benches:
        columns = (
            TextColumn("{task.description}", table_column=None),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            steps = _BarSteps(progress, bench.name, bench.steps)
            rows = list(bench.run(steps))
            steps.finish()
        console.print(table_of(bench, rows))
        results.append({"name": bench.name, "rows": [row.as_json() for row in rows]})
    return {"machine": asdict(read_machine()), "benches": results}


def table_of(bench: Bench, rows: Sequence[Row]) -> Table:
    """Return the rows as people read them."""
    table = Table(title=f"{bench.name}: {bench.about}", title_justify="left")
    for heading in ("measure", "ours", "beside", "ratio", "goal", "stretch", "holds"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for row in rows:
        table.add_row(
            row.measure,
            "—" if row.ours is None else f"{_number(row.ours)} {row.unit}",
            "\n".join(f"{name} {_number(value)}" for name, value in row.beside.items()),
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            row.goal.text(),
            row.stretch.text() if row.stretch else "",
            "[green]yes[/]" if row.holds else "[red]no[/]",
        )
    notes = [f"{row.measure}: {row.note}" for row in rows if row.note]
    if notes:
        table.caption = "\n".join(notes)
        table.caption_justify = "left"
    return table


def write_results(results: dict[str, Any], path: Path) -> None:
    """Store the results document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def middle(values: Sequence[float]) -> float:
    """Return the median of several runs, to three significant figures."""
    return float(f"{median(values):.4g}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
