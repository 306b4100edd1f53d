"""Every template of every package compiles, and keeps to the content security policy."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.translation import override

from meadow.web.vendor import WEB

TEMPLATES = sorted(
    path for path in WEB.parent.glob("*/templates/**/*") if path.suffix in {".html", ".txt"}
)


def name_of(path: Path) -> str:
    return str(path).partition("/templates/")[2]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles(path: Path) -> None:
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_has_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text()

    # The policy lets neither through, so either would be dead on the page.
    assert not re.search(r"\sstyle=", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert not re.search(r"\shx-on", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_writes_counts_by_one_filter(path: Path) -> None:
    # Django's own groups by four in Chinese, and Python's sentences beside it by three.
    assert not re.search(r"\|intcomma\b", path.read_text())


def test_a_count_is_written_alike_in_both_languages() -> None:
    template = Template("{% load look %}{{ count|grouped }}")
    written = []
    for language in ("en", "zh-hans"):
        with override(language):
            written.append(template.render(Context({"count": 1_234_567})))

    assert written == ["1,234,567", "1,234,567"]
