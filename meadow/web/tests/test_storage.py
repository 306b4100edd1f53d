"""Hashed names reach into our ES modules."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from meadow.web.vendor import WEB


@pytest.fixture
def collected(tmp_path: Path) -> Iterator[Path]:
    """Our static files as production serves them."""
    storages = {"staticfiles": {"BACKEND": "meadow.web.storage.HashedStaticFiles"}}
    with override_settings(
        STATIC_ROOT=tmp_path, STATICFILES_DIRS=[WEB / "static"], STORAGES=storages
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield tmp_path


def test_an_imported_module_is_asked_for_by_its_hashed_name(collected: Path) -> None:
    hashed = re.compile(r"\.[0-9a-f]{12}\.js$")
    modules = [path for path in (collected / "js").glob("*.js") if hashed.search(path.name)]

    imports = [
        (module.parent / url).resolve()
        for module in modules
        for url in re.findall(
            r'^import (?:[^\'";]+ from )?["\'](\.[^"\']+)["\']', module.read_text(), re.M
        )
    ]

    assert any(path.parent.name == "nats" for path in imports)
    assert all(hashed.search(path.name) and path.exists() for path in imports)
