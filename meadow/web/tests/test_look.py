"""What templates draw with: short numbers, card shapes, form controls."""

from dataclasses import dataclass

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from meadow.web.templatetags.look import (
    card_shape,
    compact,
    control,
    device_name,
    face_tint,
    limit,
    title_room,
)


@dataclass
class Photo:
    width: int
    height: int


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1_000, "1k", "1000"),
        (1_999, "1.9k", "1999"),
        (9_999, "9.9k", "9999"),
        (10_000, "10k", "1万"),
        (12_345, "12.3k", "1.2万"),
        (123_456, "123k", "12.3万"),
        (3_456_789, "3.4M", "345万"),
        (250_000_000, "250M", "2.5亿"),
    ],
)
def test_a_count_is_shortened_as_its_reader_writes_it(
    value: int, english: str, chinese: str
) -> None:
    with translation.override("en"):
        assert compact(value) == english
    with translation.override("zh-hans"):
        assert compact(value) == chinese


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (1600, 1200, "photo-18"),
        (4000, 1000, "photo-18"),
        (1000, 1000, "photo-24"),
        (1080, 1350, "photo-30"),
        (1000, 5000, "photo-32"),
        (0, 0, "photo-24"),
    ],
)
def test_the_wall_knows_a_photo_s_height_before_it_loads(
    width: int, height: int, shape: str
) -> None:
    assert card_shape(Photo(width, height)) == shape


def test_a_card_without_a_photo_is_square() -> None:
    assert card_shape(None) == "photo-24"


@pytest.mark.parametrize(
    ("title", "room"),
    [
        ("Persimmons", "is-short"),
        ("Ferry light, six", "is-short"),
        ("WWWWWWWWW", "is-brief"),
        ("Tea in the old house", "is-brief"),
        ("First walk in the garden", "is-middling"),
        ("First walk in the old gardens", ""),
        ("清晨六点的渡口边", "is-short"),
        ("清晨六点的渡口边上", "is-brief"),
        ("清晨六点的渡口边上有一人", "is-middling"),
        ("清晨六点的渡口边上有一个人", "is-fuller"),
        ("清晨六点的渡口边上有一个小人", ""),
    ],
)
def test_only_a_title_that_surely_fits_gets_one_line(title: str, room: str) -> None:
    assert title_room(title) == room


def test_one_handle_always_has_one_tint() -> None:
    assert {face_tint("ann") for _ in range(3)} == {face_tint("ann")}
    assert face_tint("ann") in {"face-1", "face-2", "face-3", "face-4"}


class Form(forms.Form):
    title = forms.CharField(max_length=60, help_text="Short.")
    body = forms.CharField(max_length=5000, widget=forms.Textarea)
    address = forms.EmailField()


def test_a_control_is_tied_to_its_help_its_error_and_its_counter() -> None:
    form = Form({"title": ""})
    form.is_valid()

    html = control(form["title"])

    assert 'class="entry"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'data-count="id_title_count"' in html


def test_only_fields_that_one_writes_at_length_are_counted() -> None:
    form = Form()

    assert (limit(form["title"]), limit(form["body"]), limit(form["address"])) == (60, 5000, None)


def test_a_form_names_every_error_beside_its_field() -> None:
    form = Form({"title": "x" * 61, "body": "b", "address": "nowhere"})
    form.is_valid()

    html = render_to_string("components/form.html", {"form": form, "csrf_token": "t"})

    assert 'role="alert"' in html
    assert '<div id="id_title_error">' in html
    assert '<div id="id_address_error">' in html
    assert 'id="id_body_error"' not in html
    assert "61/60" in html


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox, Linux"),
        ("curl/8.5", "A browser"),
    ],
)
def test_a_device_is_named_as_its_owner_would(agent: str, name: str) -> None:
    assert device_name(agent) == name
