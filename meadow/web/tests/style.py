"""Builds the style sheet for a test in a real browser."""

import subprocess
import sys
from pathlib import Path

from meadow.web.vendor import WEB


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
