"""The editor's words and a comment, as forms; what they may hold is decided by the services."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meadow.notes import limits


class NoteForm(forms.Form):
    """Title and text of a note. A draft may lack either; publishing asks for the title."""

    title = forms.CharField(
        label=_("Title"),
        max_length=limits.TITLE_LENGTH,
        widget=forms.TextInput(
            attrs={
                "placeholder": _("What is it about?"),
                "autocomplete": "off",
                "enterkeyhint": "next",
                "maxlength": limits.TITLE_LENGTH,
            }
        ),
    )
    body = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=limits.BODY_LENGTH,
        strip=False,
        help_text=_("Write #topic to gather notes, @handle to name somebody."),
        widget=forms.Textarea(
            attrs={"rows": 8, "placeholder": _("Tell the story behind it."), "data-mentions": True}
        ),
    )


class CommentForm(forms.Form):
    """A comment or a reply."""

    body = forms.CharField(
        label=_("Comment"),
        max_length=limits.COMMENT_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 1}),
    )


class BoardForm(forms.Form):
    """A board's name and description, and who sees it; how long they may be is for the service to say."""

    name = forms.CharField(
        label=pgettext_lazy("a board", "Name"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "maxlength": limits.BOARD_NAME_LENGTH}
        ),
    )
    about = forms.CharField(
        label=_("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": limits.BOARD_ABOUT_LENGTH}),
    )
    is_private = forms.BooleanField(
        label=_("Only I see this board"),
        required=False,
        help_text=_("Otherwise everybody finds it on your profile."),
    )
