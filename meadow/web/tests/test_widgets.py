"""Controls look the same, whoever draws them."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from meadow.web.widgets import Renderer

VALUES = [None, "", "grün & <b>\"'", 0, 5, True]
ATTRS: list[dict[str, Any]] = [
    {},
    {"id": "a", "required": True, "disabled": False, "max": 9, "data-x": '"<&'},
]
WIDGETS = [
    forms.TextInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.URLInput,
    forms.PasswordInput,
    forms.HiddenInput,
    forms.CheckboxInput,
    forms.Textarea,
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize("widget", WIDGETS)
def test_a_control_is_what_django_draws(
    widget: type[forms.Widget], attrs: dict[str, Any], value: Any
) -> None:
    ours = widget().render("name", value, attrs, Renderer())

    assert parse_html(ours) == parse_html(widget().render("name", value, attrs, DjangoTemplates()))


def test_forms_are_drawn_by_it() -> None:
    class Form(forms.Form):
        figure = forms.IntegerField()

    assert isinstance(Form().renderer, Renderer)
