"""What is built is built once, and again when its source changes."""

import os
from pathlib import Path

import polib
import pytest

from meadow.runtime import build as builder
from meadow.runtime.build import build, clean, stale_steps, step_fingerprint


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    locales = tmp_path / "locale"
    path = locales / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    words = polib.POFile()
    words.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    words.append(polib.POEntry(msgid="Read", msgstr="阅读"))
    words.save(str(path))
    monkeypatch.setattr(builder, "LOCALES", locales)
    monkeypatch.setattr(builder, "STEPS", builder.STEPS[1:2])
    return path


def run(home: Path) -> list[str]:
    return build(home, env=os.environ, say=lambda line: None)


def test_words_are_compiled_into_the_home_and_not_beside_their_source(
    catalogue: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"

    assert run(home) == ["messages"]

    built = home / "build" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    assert [entry.msgstr for entry in polib.mofile(str(built))] == ["阅读"]
    assert not catalogue.with_suffix(".mo").exists()


def test_an_unchanged_source_is_not_built_again_and_a_changed_one_is(
    catalogue: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    run(home)

    assert run(home) == []
    assert stale_steps(home) == []

    catalogue.write_text(catalogue.read_text().replace("阅读", "看"))
    assert stale_steps(home) == ["messages"]
    assert run(home) == ["messages"]


def test_what_is_current_in_a_home_is_current_in_its_copy(tmp_path: Path) -> None:
    static = builder.STEPS[-1]
    homes = [tmp_path / "one", tmp_path / "another"]
    for home in homes:
        (home / "build" / "static").mkdir(parents=True)
        (home / "build" / "static" / "meadow.css").write_text("main{}")
    one, another = homes

    same = step_fingerprint(static, one) == step_fingerprint(static, another)
    (another / "build" / "static" / "meadow.css").write_text("main{color:red}")

    assert same
    assert step_fingerprint(static, one) != step_fingerprint(static, another)


def test_clean_removes_what_was_built_and_keeps_the_data(catalogue: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home)
    (home / "files").mkdir()

    clean(home)

    assert [path.name for path in home.iterdir()] == ["files"]
