"""Forms of orders: a new one, a change, more budget."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError
from meadow.core.zones import LONGEST_ZONE
from meadow.notes.moments import read_local
from meadow.payments.forms import AmountField, read_amount
from meadow.payments.words import as_typed
from meadow.promotion.audience_forms import SENT_EMPTY, AudienceForm, sent_of
from meadow.promotion.audiences.definition import from_json, to_json
from meadow.promotion.drafts import OrderChange, OrderDraft
from meadow.promotion.models import PromotionRule
from meadow.promotion.models.rules import LONGEST_CODE
from meadow.promotion.queries.audiences import SavedRecord
from meadow.promotion.records import OrderRecord
from meadow.promotion.words import GOALS, say_hours, say_sum

OWN: Final = "own"
EVERYBODY: Final = "smart"
CUSTOM: Final = "custom"
KEPT: Final = "kept"
LARGEST_DEFINITION: Final = 20_000
# The longest figure of hours that somebody may type; the rule says what may be ordered.
MOST_HOURS: Final = 9_999
HOUR: Final = dt.timedelta(hours=1)


class StartField(forms.CharField):
    """A moment on the buyer's own clock, "" for now; its zone is beside it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
        super().__init__(widget=widget, required=False, max_length=40, **options)


class TimedForm(forms.Form):
    """A form with a start, on the buyer's own clock."""

    starts_at = StartField(label=_("Start"))
    zone = forms.CharField(
        widget=forms.HiddenInput, max_length=LONGEST_ZONE, required=False, initial="UTC"
    )

    def read_start(self) -> None:
        """Turn the typed start into a moment, None where there is none."""
        typed = self.cleaned_data.get("starts_at")
        self.cleaned_data["starts_at"] = None
        if not typed:
            return
        zone = self.cleaned_data.get("zone") or "UTC"
        try:
            self.cleaned_data["starts_at"] = read_local(text=typed, zone=zone)
        except MeadowError as refused:
            self.add_error("starts_at", refused.sentences())


class AimedForm(TimedForm):
    """A form with whom to reach: everybody whom it suits, a saved audience, or one described here.

    `editor` has the fields that describe one.
    """

    editor: AudienceForm

    goal = forms.ChoiceField(label=_("What for"), widget=forms.RadioSelect)
    audience = forms.ChoiceField(label=pgettext_lazy("promotion", "Who"), widget=forms.RadioSelect)
    # An audience as JSON (`audiences.definition`) that the editor has no fields for, to be kept as it is.
    definition = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=LARGEST_DEFINITION
    )

    def offer(self, saved: list[SavedRecord], *, editor: AudienceForm, kept: str) -> None:
        """Offer goals and audiences; `kept` is what the definition that stays is called, "" for none."""
        self.editor = editor
        goals, audiences = self.fields["goal"], self.fields["audience"]
        assert isinstance(goals, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(audiences, forms.ChoiceField)  # noqa: S101 - declared above
        goals.choices = [(name, words[0]) for name, words in GOALS.items()]
        audiences.choices = [
            (EVERYBODY, gettext("Smart")),
            *((one.public_id, one.name) for one in saved),
            *([(KEPT, kept)] if kept else []),
            (CUSTOM, gettext("Describe them")),
        ]

    def read_audience(self) -> None:
        """Turn the choice into `saved_audience` (an id or "") and `described` (an audience as JSON)."""
        chosen = self.cleaned_data.get("audience", EVERYBODY)
        is_saved = chosen not in (EVERYBODY, CUSTOM, KEPT)
        self.cleaned_data["saved_audience"] = chosen if is_saved else ""
        self.cleaned_data["described"] = {"all": []}
        if chosen == CUSTOM:
            self._read_editor()
        if chosen != KEPT:
            return
        try:
            self.cleaned_data["described"] = json.loads(self.cleaned_data.get("definition") or "")
        except ValueError:
            self.add_error("audience", gettext("This audience cannot be read. Choose another."))

    def name_faults(self) -> list[str]:
        """Return what is wrong, each with the name of its field: said where the fields are not renewed."""
        described = self.editor.is_bound and "audience" in self.errors and self.editor.errors
        forms_ = [self, self.editor] if described else [self]
        return [
            gettext("%(name)s: %(words)s") % {"name": form.fields[name].label, "words": words}
            for form in forms_
            for name, faults in form.errors.items()
            for words in faults
            if name in form.fields and not form.fields[name].widget.is_hidden
        ]

    def _read_editor(self) -> None:
        if self.editor.is_valid():
            self.cleaned_data["described"] = to_json(self.editor.read_definition())
        else:
            self.add_error("audience", gettext("Mend what is marked in whom you describe."))


class OrderForm(AimedForm):
    """What to promote, to whom, for how much and how long; everything has a value to begin with."""

    note = forms.CharField(widget=forms.HiddenInput, max_length=24)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    budget = forms.ChoiceField(label=_("Budget"), widget=forms.RadioSelect)
    amount = AmountField(label=_("Amount"), required=False)
    hours = forms.ChoiceField(
        label=pgettext_lazy("promotion", "How long"), widget=forms.RadioSelect
    )
    own_hours = forms.IntegerField(
        label=_("Hours"), required=False, min_value=1, max_value=MOST_HOURS
    )
    coupon = forms.CharField(label=_("Coupon"), max_length=LONGEST_CODE, required=False)

    def __init__(
        self,
        *given: Any,
        rule: PromotionRule,
        saved: list[SavedRecord],
        editor: AudienceForm,
        kept: str = "",
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.rule = rule
        self.offer(saved, editor=editor, kept=kept)
        choices = {
            "budget": [
                *((str(pack), say_sum(pack, rule.unit)) for pack in rule.packs),
                (OWN, gettext("Another amount")),
            ],
            "hours": [
                *((str(one), say_hours(one)) for one in rule.hours),
                (OWN, gettext("Other hours")),
            ],
        }
        for name, those in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = those

    def clean(self) -> dict[str, Any]:
        """Read amount, hours and start."""
        self.cleaned_data["unit"] = self.rule.unit
        if self.cleaned_data.get("budget") == OWN:
            if not self.cleaned_data.get("amount") and "amount" not in self.errors:
                self.add_error("amount", gettext("Write how much."))
            read_amount(self)
        is_long = self.cleaned_data.get("hours") == OWN
        if is_long and not self.cleaned_data.get("own_hours") and "own_hours" not in self.errors:
            self.add_error("own_hours", gettext("Write how many hours."))
        self.read_start()
        self.read_audience()
        return self.cleaned_data

    def read_draft(self) -> OrderDraft:
        """Return what is asked for; only for a form that is valid."""
        asked = self.cleaned_data
        is_own, is_long = asked["budget"] == OWN, asked["hours"] == OWN
        return OrderDraft(
            note=asked["note"],
            goal=asked["goal"],
            unit=self.rule.unit,
            budget=asked["amount"] if is_own else int(asked["budget"]),
            hours=asked["own_hours"] if is_long else int(asked["hours"]),
            audience=asked["described"],
            saved_audience=asked["saved_audience"],
            starts_at=asked["starts_at"],
            coupon=asked["coupon"],
        )


class EditForm(AimedForm):
    """What can change of an order that is not over."""

    hours = forms.IntegerField(
        label=_("Hours from start to end"), min_value=1, max_value=MOST_HOURS
    )

    def __init__(
        self,
        *given: Any,
        order: OrderRecord,
        saved: list[SavedRecord],
        editor: AudienceForm,
        kept: str,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.order = order
        self.offer(saved, editor=editor, kept=kept)

    def clean(self) -> dict[str, Any]:
        """Read the start and the audience."""
        self.read_start()
        self.read_audience()
        return self.cleaned_data

    def read_change(self) -> OrderChange:
        """Return what is to change; only for a form that is valid."""
        asked, order = self.cleaned_data, self.order
        starts_at = asked["starts_at"] or order.starts_at
        same = not asked["saved_audience"] and _is_same(asked["described"], order.audience)
        return OrderChange(
            goal=asked["goal"],
            audience=None if same else asked["described"],
            saved_audience=asked["saved_audience"] or None,
            starts_at=starts_at,
            ends_at=starts_at + asked["hours"] * HOUR,
        )


class TopUpOrderForm(forms.Form):
    """How much more an order may spend; `key` makes a form that is sent twice one top-up."""

    amount = AmountField(label=_("How much more"))
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.unit = unit

    def clean(self) -> dict[str, Any]:
        """Read the amount in the order's unit."""
        self.cleaned_data["unit"] = self.unit
        read_amount(self)
        return self.cleaned_data


def first_values(rule: PromotionRule, *, note: str, key: str) -> dict[str, Any]:
    """Return what a new order's form begins with: one press is enough."""
    return {
        "note": note,
        "key": key,
        "goal": "reads",
        "audience": EVERYBODY,
        **SENT_EMPTY,
        "budget": str(rule.packs[0]) if rule.packs else OWN,
        "hours": str(24 if 24 in rule.hours else rule.hours[0]) if rule.hours else OWN,
        "zone": "UTC",
    }


def values_of(order: OrderRecord, rule: PromotionRule, *, note: str, key: str) -> dict[str, Any]:
    """Return the form's values for the same again: an earlier order, to start now."""
    hours = (order.ends_at - order.starts_at) // HOUR
    budget, is_pack = order.budget, order.budget in rule.packs
    return first_values(rule, note=note, key=key) | {
        "goal": order.goal,
        **audience_values(order),
        "budget": str(budget) if is_pack else OWN,
        "amount": "" if is_pack else as_typed(budget, order.unit),
        "hours": str(hours) if hours in rule.hours else OWN,
        "own_hours": None if hours in rule.hours else hours,
    }


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two audiences ask for the same, in whatever order. Raises AudienceInvalid."""
    if one == other:
        return True
    sent = sent_of(from_json(one))
    return sent is not None and sent == sent_of(from_json(other))


def audience_values(order: OrderRecord) -> dict[str, Any]:
    """Return the form's values for whom an order is for."""
    if order.audience == {"all": []}:
        return {"audience": EVERYBODY, **SENT_EMPTY}
    sent = sent_of(from_json(order.audience))
    if sent is None:
        return {"audience": KEPT, "definition": json.dumps(order.audience), **SENT_EMPTY}
    return {"audience": CUSTOM, **sent}
