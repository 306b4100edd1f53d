"""Browser files from elsewhere are what the manifest names, and a change is noticed."""

import re
import shutil
from pathlib import Path

import pytest

from meadow.web.vendor import WEB, VendorMismatch, main, make_sprite, read_manifest, sync_vendor


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what is committed, free to be spoilt."""
    for name in ("vendor.toml", "vendor.sha256"):
        shutil.copy(WEB / name, tmp_path / name)
    for folder in ("assets/vendor", "static/vendor", "static/img"):
        shutil.copytree(WEB / folder, tmp_path / folder)
    return tmp_path


def test_what_is_committed_is_what_the_manifest_names() -> None:
    held = sync_vendor(check=True)

    assert "static/vendor/htmx/htmx.min.js" in held
    assert "static/vendor/nats/nats.js" in held
    assert "assets/vendor/daisyui/index.js" in held
    assert main(["--check"]) == 0


def test_a_changed_file_is_named(copy: Path) -> None:
    (copy / "static/vendor/htmx/htmx.min.js").write_text("alert(1)")

    with pytest.raises(VendorMismatch, match=r"static/vendor/htmx/htmx\.min\.js has changed"):
        sync_vendor(check=True, root=copy)


def test_a_file_that_nobody_named_is_noticed(copy: Path) -> None:
    (copy / "static/vendor/nats/extra.js").write_text("")

    with pytest.raises(VendorMismatch, match=r"nats/extra\.js is not in vendor\.sha256"):
        sync_vendor(check=True, root=copy)


def test_a_missing_licence_is_noticed(copy: Path) -> None:
    (copy / "static/vendor/nats/LICENSE").unlink()

    with pytest.raises(VendorMismatch, match="static/vendor/nats has no LICENSE"):
        sync_vendor(check=True, root=copy)


def test_a_version_that_was_named_but_never_fetched_is_noticed(copy: Path) -> None:
    manifest = copy / "vendor.toml"
    manifest.write_text(manifest.read_text().replace('version = "2.0.11"', 'version = "2.0.12"'))

    with pytest.raises(VendorMismatch, match=r"htmx\.org 2\.0\.12 was never fetched"):
        sync_vendor(check=True, root=copy)


def test_the_sprite_has_every_icon_of_the_manifest() -> None:
    packages = read_manifest(WEB / "vendor.toml")
    icons = next(package.icons for package in packages if package.name == "lucide-static")
    held = {
        f"assets/vendor/lucide/{icon}.svg": (WEB / f"assets/vendor/lucide/{icon}.svg").read_bytes()
        for icon in icons
    }

    sprite = make_sprite(packages, held).decode()

    assert sprite.count("<symbol id=") == len(icons)
    assert sprite == (WEB / "static/img/icons.svg").read_text()


def test_every_icon_that_a_template_asks_for_is_in_the_sprite() -> None:
    icons = next(p.icons for p in read_manifest(WEB / "vendor.toml") if p.icons)
    asked = {
        name
        for template in WEB.parent.rglob("templates/**/*.html")
        for name in re.findall(r'{%\s*icon\s+"([a-z0-9-]+)"', template.read_text())
    }

    assert asked
    assert asked - set(icons) == set()
