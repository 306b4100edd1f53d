"""The one catalogue: what the source says is in it, and nothing else."""

import shutil
from pathlib import Path

import polib
import pytest

from meadow.cli.catalogue import CATALOGUE, catalogue_faults, collect

pytestmark = pytest.mark.skipif(not shutil.which("xgettext"), reason="needs gettext")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "meadow" / "notes").mkdir(parents=True)
    words = 'from django.utils.translation import gettext as _\n\nWORD = _("Read")\n'
    (source / "meadow" / "notes" / "words.py").write_text(words)
    return source


def write_catalogue(source: Path, **entries: str) -> None:
    path = source / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    for said, meant in entries.items():
        catalogue.append(polib.POEntry(msgid=said, msgstr=meant))
    catalogue.save(str(path))


def test_a_complete_catalogue_has_no_faults(source: Path) -> None:
    write_catalogue(source, Read="阅读")

    assert catalogue_faults(source=source) == []


def test_missing_left_over_and_open_words_are_named(source: Path) -> None:
    write_catalogue(source, Gone="没了")
    assert catalogue_faults(source=source) == ["missing: 'Read'", "left over: 'Gone'"]

    write_catalogue(source, Read="")
    assert catalogue_faults(source=source) == ["not translated: 'Read'"]


def test_no_catalogue_is_a_fault(source: Path) -> None:
    assert catalogue_faults(source=source) == [f"there is no {CATALOGUE}"]


def test_collecting_keeps_translations_and_leaves_the_source_alone(
    source: Path, tmp_path: Path
) -> None:
    write_catalogue(source, Read="阅读")
    before = sorted(path for path in source.rglob("*"))

    fresh = polib.pofile(str(collect(source=source, into=tmp_path / "copy")))

    assert [(entry.msgid, entry.msgstr) for entry in fresh] == [("Read", "阅读")]
    assert sorted(path for path in source.rglob("*")) == before
