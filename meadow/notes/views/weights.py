"""The page of the weights of comments: what holds, how it came about, and the form. For operators."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.notes import services

NAMES: Final = {
    "doubling_hours": gettext_lazy("Hours that twice the points weigh as much as"),
    "replier_points": gettext_lazy("Points for each other person who replied"),
    "author_like_points": gettext_lazy("Points where the note's author likes it"),
}


class CommentWeightsForm(forms.Form):
    """Every number of the order; `seen` is the version that was looked at."""

    note = forms.CharField(
        label=gettext_lazy("Why they change"),
        help_text=gettext_lazy("It stands in the list of versions."),
        max_length=services.LONGEST_WEIGHTS_NOTE,
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, numbers: Mapping[str, float], version: int, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        fields: dict[str, forms.Field] = {
            name: forms.FloatField(
                label=NAMES[name], min_value=least, max_value=most, initial=numbers.get(name)
            )
            for name, (least, most) in services.COMMENT_WEIGHT_LIMITS.items()
        }
        self.fields = {**fields, **self.fields}
        self.fields["seen"].initial = version


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_weights(request: HttpRequest) -> HttpResponse:
    """Show the weights in force and their versions, and set new ones."""
    operator = require_operator(request.user)
    versions = services.list_weights()
    version = versions[0].version if versions else 0
    form = CommentWeightsForm(
        request.POST if request.method == "POST" else None,
        numbers=services.weights_in_force(),
        version=version,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_comment_weights(
                numbers={name: form.cleaned_data[name] for name in services.COMMENT_WEIGHT_LIMITS},
                note=form.cleaned_data["note"],
                seen=form.cleaned_data["seen"],
                operator_id=operator.pk,
                now=clock.now(),
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            said = _("Set. The comments of a note follow it once something happens under them.")
            messages.success(request, said)
            return redirect("comment_weights")
    people = get_people({one.operator_id for one in versions if one.operator_id is not None})
    context = {
        "version": version,
        "form": form,
        "versions": [
            {
                "number": one.version,
                "version": one,
                "by": people.get(one.operator_id or 0),
                "changes": changes,
            }
            for one, changes in zip(versions, _changes(versions), strict=True)
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "notes/comment_weights.html", context, status=status)


def _changes(versions: Sequence[services.CommentWeightsVersion]) -> list[list[dict[str, Any]]]:
    """Return what each version changed of the one before it: a name, the number then and now."""
    olders = [*versions[1:], None]
    return [
        [
            {"name": NAMES[name], "then": older.numbers[name], "now": value}
            for name, value in newer.numbers.items()
            if older is not None and older.numbers[name] != value
        ]
        for newer, older in zip(versions, olders, strict=True)
    ]
