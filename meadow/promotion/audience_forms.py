"""The form in which a buyer says whom to reach, as plain fields: no page needs a script for it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meadow.accounts.regions import is_region, list_region_codes, region_choices, region_name
from meadow.core.zones import UTC_DIAL, Dial
from meadow.promotion.audiences import words
from meadow.promotion.audiences.definition import (
    AGE_BANDS,
    EVERYONE,
    GENDERS,
    LARGEST_LOOK_ALIKE,
    MOST_VALUES,
    Definition,
    Dimension,
    Group,
    Not,
    Part,
    Term,
    is_value,
)
from meadow.promotion.models.audiences import LONGEST_NAME
from meadow.promotion.queries.audiences import (
    find_accounts,
    find_topics,
    list_lists,
    list_topics,
    name_values,
)

# What the form's fields begin with, in whatever form they stand.
PREFIX: Final = "who"
LEFT_OUT: Final = "not_"
# In percent of everybody, how close a look-alike is until somebody says otherwise.
CLOSE: Final = 5
# What the form sends when nobody filled anything in.
SENT_EMPTY: Final[Mapping[str, Any]] = {f"{PREFIX}-percent": CLOSE}
LONGEST_TYPED: Final = 1_000
_PARTS: Final = re.compile(r"[,，、;；\n]")
# Dimensions whose values are typed, and those that can also be left out.
TYPED: Final[tuple[Dimension, ...]] = ("region", "interest", "fans_of", "engaged_with")
EXCLUDED: Final[tuple[Dimension, ...]] = ("interest", "region", "fans_of", "engaged_with", "list")
_HELP: Final[dict[str, Any]] = {
    "region": _("Countries or regions by name, with a comma between them."),
    "interest": _("Topics that they read, liked or saved lately, with a comma between them."),
    "fans_of": _("Handles, with a comma between them: people who follow one of these accounts."),
    "engaged_with": _("Handles: people who liked, saved or commented on notes of theirs lately."),
}


Parts = list[Part]


class PickWidget(forms.Widget):
    """Values that were picked already, each a tick, and what is typed beside them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[list[str], str]:
        """Return what is ticked and what is typed."""
        ticked = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return list(ticked)[: MOST_VALUES + 1], str(data.get(f"{name}_more", ""))[:LONGEST_TYPED]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: an empty list is a list."""
        return False


class PickField(forms.Field):
    """Values of a dimension: ids that were found before, and words to find more by."""

    widget = PickWidget

    def __init__(self, dimension: Dimension, **options: Any) -> None:
        self.dimension = dimension
        super().__init__(
            label=words.DIMENSION_NAMES[dimension],
            help_text=_HELP[dimension],
            required=False,
            **options,
        )

    def clean(self, value: Any) -> list[str]:
        """Return every value once. Raises ValidationError that names what cannot be found."""
        ticked, typed = value
        asked = [word.strip() for word in _PARTS.split(typed) if word.strip()]
        found = _FINDERS[self.dimension](asked) if asked else {}
        unknown = [word for word in asked if word not in found]
        if unknown:
            named = {"words": ", ".join(unknown[:3])}
            raise forms.ValidationError(gettext("Nothing goes by the name %(words)s here.") % named)
        values = [one for one in ticked if is_value(self.dimension, one)]
        values += [found[word] for word in asked]
        if len(set(values)) > MOST_VALUES:
            said = {"most": MOST_VALUES}
            raise forms.ValidationError(gettext("At most %(most)s fit in here.") % said)
        return sorted(set(values))


class AudienceForm(forms.Form):
    """Whom to reach: every field that is filled in must be met, by one of its values."""

    age = forms.MultipleChoiceField(
        label=words.DIMENSION_NAMES["age"],
        choices=[(band, words.AGES[band]) for band in AGE_BANDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    gender = forms.MultipleChoiceField(
        label=words.DIMENSION_NAMES["gender"],
        choices=[(one, words.GENDERS[one]) for one in GENDERS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    region = PickField("region")
    interest = PickField("interest")
    active_hour = forms.MultipleChoiceField(
        label=words.DIMENSION_NAMES["active_hour"],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    fans_of = PickField("fans_of")
    engaged_with = PickField("engaged_with")
    list = forms.MultipleChoiceField(
        label=words.DIMENSION_NAMES["list"], widget=forms.CheckboxSelectMultiple, required=False
    )
    look_alike = forms.ChoiceField(label=words.DIMENSION_NAMES["look_alike"], required=False)
    percent = forms.IntegerField(
        label=_("How close, in percent of everybody"),
        help_text=_("1 are those most like the people on the list, 10 are more and less alike."),
        min_value=1,
        max_value=LARGEST_LOOK_ALIKE,
        required=False,
        initial=CLOSE,
    )
    not_interest = PickField("interest")
    not_region = PickField("region")
    not_fans_of = PickField("fans_of")
    not_engaged_with = PickField("engaged_with")
    not_list = forms.MultipleChoiceField(
        label=words.DIMENSION_NAMES["list"], widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(
        self, data: Any = None, *, person_id: int, dial: Dial = UTC_DIAL, **named: Any
    ) -> None:
        super().__init__(data, prefix=PREFIX, **named)
        self.dial = dial
        self._offer_hours()
        self.lists = [(one.public_id, one.name) for one in list_lists(person_id=person_id)]
        for name in ("list", "not_list"):
            self._choice(name).choices = self.lists
        self._choice("look_alike").choices = [("", gettext("No list")), *self.lists]

    def read_definition(self) -> Definition:
        """Return the audience; only for a form that is valid. One with nothing in it is everyone."""
        asked = self.cleaned_data
        parts: Parts = [
            _term(dimension, asked[dimension])
            for dimension in words.DIMENSION_NAMES
            if dimension != "look_alike" and asked[dimension]
        ]
        if asked["look_alike"]:
            percent = asked["percent"] or CLOSE
            parts.append(Term("look_alike", (f"{asked['look_alike']}:{percent}",)))
        parts += [
            Not(_term(dimension, asked[LEFT_OUT + dimension]))
            for dimension in EXCLUDED
            if asked[LEFT_OUT + dimension]
        ]
        return Definition(root=Group("all", tuple(parts)) if parts else EVERYONE)

    def ticks(self) -> dict[str, forms.BoundField]:
        """Return the fields of few values, by name."""
        return {name: self[name] for name in ("age", "gender", "active_hour", "list", "not_list")}

    def picks(self) -> "Sequence[Pick]":
        """Return the fields whose values are typed, to be met."""
        return self._picks("")

    def left_out(self) -> "Sequence[Pick]":
        """Return the fields whose values are typed, to be left out."""
        return self._picks(LEFT_OUT)

    def topic_suggestions(self) -> Sequence[str]:
        """Return topics with many notes."""
        return list_topics()

    def region_suggestions(self) -> Sequence[str]:
        """Return the names of all countries and regions."""
        return [name for _code, name in region_choices()]

    def _picks(self, before: str) -> "Sequence[Pick]":
        names = [before + one for one in TYPED]
        ticked = {name: self._ticked(name) for name in names}
        terms = [_term(_dimension(name), values) for name, values in ticked.items() if values]
        called = name_values([Definition(root=Group("all", tuple(terms)))])
        return [
            Pick(
                field=self[name],
                dimension=_dimension(name),
                chips=[
                    (value, words.say_value(_dimension(name), value, names=called))
                    for value in ticked[name]
                ],
                typed=self._typed(name),
            )
            for name in names
        ]

    def _ticked(self, name: str) -> Sequence[str]:
        """Return what is picked of a field: what was found where it was found, else what was ticked."""
        found: Sequence[str] = ()
        if not self.is_bound:
            found = self.initial.get(name, ())
            return found
        if self.is_valid() or name in self.cleaned_data:
            found = self.cleaned_data[name]
            return found
        dimension = _dimension(name)
        return [one for one in self[name].data[0] if is_value(dimension, one)]

    def _typed(self, name: str) -> str:
        return str(self[name].data[1]) if self.is_bound and name in self.errors else ""

    def _offer_hours(self) -> None:
        """Offer the hours of the UTC day, which is what they stand for, in the order of the clock's day."""
        field = self._choice("active_hour")
        starts = {hour: words.start_of(hour, dial=self.dial) for hour in range(24)}
        field.choices = [
            (str(hour), words.say_minute(starts[hour]))
            for hour in sorted(starts, key=starts.__getitem__)
        ]
        field.help_text = gettext(
            "By the clock of %(zone)s: hours in which they were here on two days of the last 28."
        ) % {"zone": self.dial.name}

    def _choice(self, name: str) -> Any:
        return self.fields[name]


class NamedAudienceForm(AudienceForm):
    """An audience to keep, with its name."""

    name = forms.CharField(label=pgettext_lazy("audience", "Name"), max_length=LONGEST_NAME)


class UploadForm(forms.Form):
    """A list of hashes: as a file, or typed in."""

    name = forms.CharField(label=pgettext_lazy("audience", "Name"), max_length=LONGEST_NAME)
    file = forms.FileField(
        label=_("File"),
        help_text=_("Plain text, one SHA-256 hash of an e-mail address or a handle on each line."),
        required=False,
    )
    digests = forms.CharField(
        label=_("Or the hashes themselves"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Take one of the two."""
        if not self.cleaned_data.get("file") and not self.cleaned_data.get("digests"):
            self.add_error("file", gettext("Choose a file, or put the hashes below."))
        return self.cleaned_data

    def lines(self) -> Iterable[str]:
        """Yield the lines, the file's as they are read."""
        file = self.cleaned_data.get("file")
        if file:
            return (line.decode("utf-8", "replace") for line in file)
        return str(self.cleaned_data["digests"]).splitlines()


@dataclass(frozen=True, slots=True)
class Pick:
    """A field of typed values as a page shows it: `chips` are (value, words) of what is picked."""

    field: forms.BoundField
    dimension: Dimension
    chips: Sequence[tuple[str, str]]
    typed: str

    @property
    def suggestions(self) -> str:
        """Return the id of the list of words to choose from, empty for none."""
        known = {"interest": "topic-suggestions", "region": "region-suggestions"}
        return known.get(self.dimension, "")


def initial_of(definition: Definition) -> dict[str, Any] | None:
    """Return the form's values for an audience, None for one that the form has no fields for."""
    parts: Sequence[Part] = [definition.root]
    if isinstance(definition.root, Group):
        if definition.root.kind != "all":
            return None
        parts = definition.root.members
    found: dict[str, Any] = {}
    for part in parts:
        term = part.member if isinstance(part, Not) else part
        if not isinstance(term, Term):
            return None
        name = LEFT_OUT + term.dimension if isinstance(part, Not) else term.dimension
        if name in found or (isinstance(part, Not) and term.dimension not in EXCLUDED):
            return None
        found[name] = list(term.values)
    if "look_alike" in found:
        if len(found["look_alike"]) > 1:
            return None
        found["look_alike"], percent = found["look_alike"][0].split(":")
        found["percent"] = int(percent)
    return found


def sent_of(definition: Definition) -> dict[str, Any] | None:
    """Return what the form would send for an audience, None for one that it has no fields for."""
    initial = initial_of(definition)
    if initial is None:
        return None
    return {**SENT_EMPTY} | {f"{PREFIX}-{name}": value for name, value in initial.items()}


def _term(dimension: Dimension, values: Sequence[str]) -> Term:
    return Term(dimension, tuple(sorted(set(values))))


def _dimension(name: str) -> Dimension:
    found: Dimension = name.removeprefix(LEFT_OUT)  # type: ignore[assignment] # our own names
    return found


def _find_regions(asked: Sequence[str]) -> dict[str, str]:
    by_name = {region_name(code).casefold(): code for code in list_region_codes()}
    found = {word: by_name.get(word.casefold(), word.upper()) for word in asked}
    return {word: code for word, code in found.items() if is_region(code)}


_FINDERS: Final[dict[Dimension, Callable[[Sequence[str]], dict[str, str]]]] = {
    "region": _find_regions,
    "interest": find_topics,
    "fans_of": find_accounts,
    "engaged_with": find_accounts,
}
