"""Collect the words to translate into the one catalogue, or check that it is complete."""

import contextlib
import io
import os
import shutil
import tempfile
from pathlib import Path

import polib

from meadow.cli.programs import settle
from meadow.runtime.environment import SOURCE
from meadow.runtime.errors import RuntimeProblem

CATALOGUE = Path("meadow/web/locale/zh_Hans/LC_MESSAGES/django.po")
IGNORED = ("*.pyc", "__pycache__", "vendor", "migrations", "tests", "testing.py")


class CatalogueStale(RuntimeProblem):
    """The catalogue is not what the source says."""


def main(arguments: list[str]) -> int:
    """Collect, or with --check compare. Returns the exit status."""
    if not shutil.which("xgettext"):
        raise RuntimeProblem("xgettext is not installed.", mend="apt-get install gettext")
    settle()
    if "--check" in arguments:
        faults = catalogue_faults(source=SOURCE)
        if faults:
            raise CatalogueStale("\n  ".join(["the catalogue:", *faults]), mend="meadow messages")
        print("the catalogue is current and complete")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = collect(source=SOURCE, into=Path(folder))
        (SOURCE / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fresh, SOURCE / CATALOGUE)
    left = [entry for entry in polib.pofile(str(SOURCE / CATALOGUE)) if is_open(entry)]
    print(f"{CATALOGUE}: {len(left)} to translate")
    return 0


def catalogue_faults(*, source: Path) -> list[str]:
    """Return what is missing, left over, fuzzy or untranslated, a line each."""
    if not (source / CATALOGUE).exists():
        return [f"there is no {CATALOGUE}"]
    committed = polib.pofile(str(source / CATALOGUE))
    with tempfile.TemporaryDirectory() as folder:
        fresh = polib.pofile(str(collect(source=source, into=Path(folder))))
    held = {key(entry) for entry in committed if not entry.obsolete}
    wanted = {key(entry) for entry in fresh if not entry.obsolete}
    faults = [f"missing: {said(item)}" for item in sorted(wanted - held)]
    faults += [f"left over: {said(item)}" for item in sorted(held - wanted)]
    faults += [f"not translated: {said(key(entry))}" for entry in committed if is_open(entry)]
    return faults


def collect(*, source: Path, into: Path) -> Path:
    """Collect the words of a copy of the source, merged with its translations; return the file.

    A copy, because Django's makemessages writes beside what it reads.
    """
    from django.core.management import call_command
    from django.test.utils import override_settings

    shutil.copytree(
        source / "meadow", into / "meadow", ignore=shutil.ignore_patterns(*IGNORED), symlinks=True
    )
    target = into / CATALOGUE
    target.parent.mkdir(parents=True, exist_ok=True)
    here = Path.cwd()
    os.chdir(into)
    try:
        with (
            override_settings(LOCALE_PATHS=[into / "meadow" / "web" / "locale"]),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            call_command(
                "makemessages",
                locale=["zh_Hans"],
                extensions=["html", "txt", "py"],
                no_location=True,
                no_obsolete=True,
                no_wrap=True,
                verbosity=0,
            )
    finally:
        os.chdir(here)
    return target


def key(entry: polib.POEntry) -> tuple[str, str, str]:
    """Return what makes a message itself: its context, its words, its plural."""
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def said(item: tuple[str, str, str]) -> str:
    """Return a message's words, shortened for a line."""
    return repr(item[1] if len(item[1]) <= 70 else item[1][:67] + "…")


def is_open(entry: polib.POEntry) -> bool:
    """Say whether a translator still has to look at this."""
    return not entry.obsolete and (entry.fuzzy or not entry.translated())
