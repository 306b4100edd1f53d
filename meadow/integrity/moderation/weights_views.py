"""The page of the queue's weights: what holds, how it came about, and for operators the form."""

from typing import Any

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
from meadow.integrity.moderation import weights
from meadow.integrity.moderation.reasons import REASONS
from meadow.integrity.moderation.weighing import SCREENED, Terms, terms_in_force
from meadow.integrity.moderation.words import SCREENED_NAME

NAMES = {
    "people": gettext_lazy("How much it weighs that several people say so"),
    "reach": gettext_lazy("How much it weighs that many saw it"),
    "urgent_from": gettext_lazy("Severity from which moderators are told at once"),
    "claim_minutes": gettext_lazy("Minutes for which one who looks keeps it"),
    "appeal_days": gettext_lazy("Days to appeal in"),
}


class WeightsForm(forms.Form):
    """Every number of the queue; `seen` is the version that was looked at."""

    note = forms.CharField(
        label=gettext_lazy("Why they change"),
        help_text=gettext_lazy("It stands in the list of versions."),
        max_length=weights.LONGEST_NOTE,
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, terms: Terms, **named: Any) -> None:
        super().__init__(*args, **named)
        fields: dict[str, forms.Field] = {}
        least, most = weights.SEVERITY
        for code in terms.severity:
            fields[f"severity_{code}"] = forms.IntegerField(
                label=severity_name(code),
                min_value=least,
                max_value=most,
                initial=terms.severity[code],
            )
        for name, (low, high) in weights.LIMITS.items():
            kind = forms.FloatField if name in ("people", "reach") else forms.IntegerField
            fields[name] = kind(
                label=NAMES[name], min_value=low, max_value=high, initial=getattr(terms, name)
            )
        self.fields = {**fields, **self.fields}
        self.fields["seen"].initial = terms.version

    @property
    def severity(self) -> dict[str, int]:
        """The severity of each reason."""
        given = self.cleaned_data.items()
        return {
            name.removeprefix("severity_"): value
            for name, value in given
            if name.startswith("severity_")
        }


def severity_name(code: str) -> str:
    """Return a reason in words, as the table and the form name it."""
    return str(SCREENED_NAME if code == SCREENED else REASONS[code].name)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def queue_weights(request: HttpRequest) -> HttpResponse:
    """Show the weights in force and their versions, and set new ones."""
    operator = require_operator(request.user)
    terms = terms_in_force()
    form = WeightsForm(request.POST if request.method == "POST" else None, terms=terms)
    if request.method == "POST" and form.is_valid():
        try:
            weights.change_weights(
                severity=form.severity,
                numbers={name: form.cleaned_data[name] for name in weights.LIMITS},
                note=form.cleaned_data["note"],
                seen=form.cleaned_data["seen"],
                operator_id=operator.pk,
                now=clock.now(),
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("Set. What waits is weighed anew within ten minutes."))
            return redirect("queue_weights")
    versions = weights.list_versions()
    people = get_people({one.operator_id for one in versions if one.operator_id is not None})
    context = {
        "terms": terms,
        "form": form,
        "versions": [
            {
                "number": one.terms.version,
                "version": one,
                "by": people.get(one.operator_id or 0),
                "changes": changes,
            }
            for one, changes in zip(versions, _changes(versions), strict=True)
        ],
    }
    return render(request, "integrity/weights.html", context, status=422 if form.errors else 200)


def _changes(versions: Any) -> list[list[dict[str, Any]]]:
    """Return what each version changed of the one before it: a name, the number then and now."""
    found: list[list[dict[str, Any]]] = []
    for newer, older in zip(versions, [*versions[1:], None], strict=True):
        if older is None:
            found.append([])
            continue
        now, then = _flat(newer.terms), _flat(older.terms)
        found.append(
            [
                {"name": name, "then": then.get(name), "now": value}
                for name, value in now.items()
                if then.get(name) != value
            ]
        )
    return found


def _flat(terms: Terms) -> dict[str, float]:
    numbers = {str(NAMES[name]): getattr(terms, name) for name in weights.LIMITS}
    return {severity_name(code): value for code, value in terms.severity.items()} | numbers
