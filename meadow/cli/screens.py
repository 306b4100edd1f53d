"""`meadow screens`: the pictures in docs/screens, taken of a demo in Chromium."""

import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meadow.cli.shots import CAST, SHOTS, Shot
from meadow.demo.texts import PASSWORD, note_id
from meadow.runtime import processes
from meadow.runtime.environment import SOURCE
from meadow.runtime.errors import EngineFailed
from meadow.runtime.stack import MEADOW
from meadow.runtime.testing import LiveStack, start_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = SOURCE / "docs" / "screens"
MOST_BYTES = 150_000
QUALITIES = (80, 70, 60, 50)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = (1280, 860)
PHONE = (390, 844)
CROWD_SECONDS = 120
STARTED_IN, SEEDED_IN = 180.0, 300.0
PHOTOS_ARE_THERE = """() => [...document.images]
  .filter((image) => image.getBoundingClientRect().top < innerHeight)
  .every((image) => image.complete && image.naturalWidth > 0)"""


def screens(
    url: Annotated[
        str, typer.Option(help="A demo that runs already; otherwise one is started and stopped.")
    ] = "",
    only: Annotated[str, typer.Option(help="Take only the pictures of this name.")] = "",
) -> None:
    """Take the pictures in docs/screens."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print(
            "meadow: Chromium is missing: apt-get install chromium fonts-noto-cjk",
            file=sys.stderr,
        )
        raise typer.Exit(1)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("meadow: playwright is missing: run `make setup`", file=sys.stderr)
        raise typer.Exit(1) from None
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if only in ("", shot.name)]
    with (
        nullcontext(Site(url)) if url else own_demo() as site,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS)) as browser,
    ):
        take_all(browser, site, [shot for shot in wanted if "crowd" not in shot.traits])
        if busy := [shot for shot in wanted if "crowd" in shot.traits]:
            with crowd_of(site):
                take_all(browser, site, busy)
    write_list()


@dataclass(frozen=True)
class Site:
    """Where the demo is; `stack` is set when it is our own."""

    base_url: str
    stack: LiveStack | None = None


@contextmanager
def own_demo() -> Iterator[Site]:
    """Run a demo on free ports, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="meadow-screens-") as folder:
        stack = start_stack(Path(folder), arguments=("--demo", "--still"))
        try:
            stack.wait_ready(seconds=STARTED_IN)
            if not processes.wait_until(
                lambda: is_seeded(stack.home), seconds=SEEDED_IN, pause=0.5
            ):
                raise EngineFailed(f"the demo was not seeded in {SEEDED_IN:.0f} s")
            yield Site(stack.base_url, stack)
        finally:
            stack.stop()


def is_seeded(home: Path) -> bool:
    """Whether the seed of a demo came to its end."""
    try:
        return "notes" in json.loads((home / "run" / "demo.json").read_text())
    except (OSError, ValueError):
        return False


@contextmanager
def crowd_of(site: Site) -> Iterator[None]:
    """Let the crowd read for a while first; in somebody else's demo it runs already, or not."""
    if site.stack is None:
        yield
        return
    crowd = subprocess.Popen(
        [*MEADOW, "demo", "crowd", "--hurry", "0.1"], env=site.stack.env, stderr=subprocess.DEVNULL
    )
    try:
        print(f"the crowd reads for {CROWD_SECONDS} s")
        time.sleep(CROWD_SECONDS)
        yield
    finally:
        crowd.terminate()
        crowd.wait(timeout=10)


def take_all(browser: "Browser", site: Site, shots: list[Shot]) -> None:
    """Take pictures in each language."""
    for language, cast in CAST.items():
        for shot in shots:
            target = FOLDER / f"{shot.name}-{language}.webp"
            size = save_small(take(browser, site, shot, cast), target)
            print(f"{target.relative_to(SOURCE)}  {size / 1000:.0f} KB")


def take(browser: "Browser", site: Site, shot: Shot, cast: dict[str, str]) -> bytes:
    """Return one picture as PNG, taken once all of its photos have come."""
    phone = "phone" in shot.traits
    width, height = PHONE if phone else DESKTOP
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale=cast["locale"],
        color_scheme="dark" if "dark" in shot.traits else "light",
        reduced_motion="reduce",
        base_url=site.base_url,
    )
    try:
        page = context.new_page()
        if shot.who:
            sign_in(page, shot.who.format(**cast))
        page.goto(
            shot.path.format(
                handle=cast["handle"], note=note_id(cast["note"]), own=note_id(cast["own"])
            )
        )
        page.wait_for_load_state("networkidle" if not shot.who else "load")
        page.wait_for_function(PHOTOS_ARE_THERE)
        page.wait_for_timeout(600)
        return page.screenshot()
    finally:
        context.close()


def sign_in(page: "Page", handle: str) -> None:
    """Sign in through the form."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(handle)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def save_small(png: bytes, target: Path) -> int:
    """Write a picture as WebP, as good as fits into MOST_BYTES; returns its size in bytes."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if len(out.getvalue()) <= MOST_BYTES:
            break
    target.write_bytes(out.getvalue())
    return len(out.getvalue())


def write_list() -> None:
    """Write docs/screens/README.md, which shows every picture in both languages."""
    lines = [
        "# Screens",
        "",
        "Made by `make screens` from the demo; do not edit. The photos in them are credited in",
        "[meadow/demo/photos](../../meadow/demo/photos/README.md).",
        "",
        "| | English | 简体中文 |",
        "| --- | --- | --- |",
    ]
    for shot in SHOTS:
        cells = [f"![{shot.words(language)}]({shot.name}-{language}.webp)" for language in CAST]
        lines.append(f"| {shot.english} | {' | '.join(cells)} |")
    (FOLDER / "README.md").write_text("\n".join(lines) + "\n")
