"""What tests in a real browser share: its flags and the built style sheet."""

import subprocess
import sys
from pathlib import Path

from meadow.web.vendor import WEB

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def build_style(folder: Path) -> Path:
    """Build assets/app.css into `folder` with the Tailwind CLI and return the file."""
    target = folder / "meadow.css"
    cli = Path(sys.executable).with_name("tailwindcss")
    subprocess.run(
        [cli, "--input", WEB / "assets" / "app.css", "--output", target],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return target
