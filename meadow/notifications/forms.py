"""The form of what comes by e-mail."""

from collections.abc import Sequence
from typing import Any

from django import forms

from meadow.notifications.queries import MailChoice


class MailForm(forms.Form):
    """One box a group of news."""

    def __init__(self, *args: Any, choices: Sequence[MailChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in choices:
            self.fields[choice.group] = forms.BooleanField(
                label=choice.name, help_text=choice.about, initial=choice.email, required=False
            )
