"""Rules said twice become a lint: here, jobs are enqueued in one place only."""

import ast
from pathlib import Path

import pytest

MEADOW = Path(__file__).resolve().parents[2]
BANNED = {"defer", "defer_async", "batch_defer", "batch_defer_async", "configure"}
# Here it is done right, and here a control shows what doing it wrong leads to.
ALLOWED = {MEADOW / "core" / "jobs.py", MEADOW / "core" / "tests" / "test_jobs.py"}
# Libraries whose method happens to have one of these names.
HARMLESS = {"structlog", "settings", "queryset", "objects"}

BAD = [
    "send_mail.defer(to=1)",
    "tasks.send_mail.configure(lock='x').defer(to=1)",
    "await send_mail.defer_async(to=1)",
    "app.configure_task('mail').defer()",
    "send_mail.batch_defer({'to': 1})",
]
GOOD = [
    "enqueue(send_mail, to=1)",
    "Note.objects.defer('body')",
    "structlog.configure(processors=[])",
    "settings.configure(DEBUG=False)",
    "defer = 1",
    "'a.defer('",
]


def find_bare_defers(source: str) -> list[int]:
    """Return the lines that enqueue a job past `enqueue`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).rpartition(".")[2]
            if node.func.attr in BANNED and owner not in HARMLESS:
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("sample", BAD)
def test_a_bare_defer_is_found(sample: str) -> None:
    assert set(find_bare_defers(sample)) == {1}


@pytest.mark.parametrize("sample", GOOD)
def test_what_only_looks_like_one_is_left_alone(sample: str) -> None:
    assert find_bare_defers(sample) == []


def test_every_job_goes_through_enqueue() -> None:
    found = {
        str(path.relative_to(MEADOW)): lines
        for path in sorted(MEADOW.rglob("*.py"))
        if path not in ALLOWED and (lines := find_bare_defers(path.read_text()))
    }

    assert found == {}
