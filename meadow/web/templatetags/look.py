"""What every template may use to draw: icons, short numbers, form fields, the shape of a card."""

import re
from functools import lru_cache
from typing import Any, Protocol
from unicodedata import east_asian_width

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from meadow.core.ids import new_id

register = template.Library()

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
THEMES = {"light": "meadow", "dark": "meadow-night"}
PAPER = {"light": "#f8f6f1", "dark": "#161713"}
# A wall shows a photo between 4:3 and 3:4; heights are in 24ths of the width (assets/wall.css).
SHORTEST, TALLEST = 18, 32
# The longest title, in em, that surely fits one line: of the narrowest card, of one on a usual phone, and of
# those on wide walls (assets/wall.css says at which widths each holds).
ONE_LINE = ((8.0, "is-short"), (10.5, "is-brief"), (12.4, "is-middling"), (13.1, "is-fuller"))
# How wide letters are, in em, in the bolder half of the faces that --font-sans may come out as.
LETTER_WIDTHS = {
    **dict.fromkeys(" .,:;'!|ijlI", 0.3),
    **dict.fromkeys("()[]-/frt", 0.39),
    **dict.fromkeys("mwMW@%&", 0.92),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.74),
}
BOXES = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)


# The first mark found decides: many browsers also name the one they descend from.
BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Sized(Protocol):
    """Anything with a width and a height in pixels."""

    width: int
    height: int


@register.simple_tag
@lru_cache(maxsize=1024)  # a page draws dozens, and the sprite's address stays while we run
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite; it is decoration, so the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """Return "auto", "light" or "dark": what the middleware decided, else what the cookie says."""
    request = context.get("request")
    theme = getattr(request, "theme", None)
    if theme is None and request is not None:
        theme = request.COOKIES.get("meadow_theme")
    return theme if theme in THEMES else "auto"


@register.filter
def theme_name(theme: str) -> str:
    """Return the daisyUI theme of a choice, or nothing where the reader's system decides."""
    return THEMES.get(theme, "")


@register.simple_tag
def paper_colour(theme: str) -> str:
    """Return the page colour as hex, for the browser's own chrome."""
    return PAPER[theme]


@register.filter
def compact(value: int) -> str:
    """Shorten a count as its reader would write it: 1.2k and 3.4M, or 1.2万 and 3.4亿.

    Digits are cut, never rounded up, so that a count does not claim more than there is.
    """
    steps = (
        ((10**8, "亿"), (10**4, "万"))
        if (get_language() or "").startswith("zh")
        else ((10**9, "B"), (10**6, "M"), (10**3, "k"))
    )
    for size, unit in steps:
        if value >= size:
            tenths = value * 10 // size
            whole, part = divmod(tenths, 10)
            return f"{whole}.{part}{unit}" if part and whole < 100 else f"{whole}{unit}"
    return str(value)


@register.filter
def grouped(value: int) -> str:
    """Return a count as figures are written everywhere: 12,345, in Chinese too."""
    return f"{value:,}"


@register.simple_tag
def new_key() -> str:
    """Return a key that makes a form which is sent twice one effect."""
    return new_id("k")


@register.filter
def clock(milliseconds: int) -> str:
    """Return how long something plays as a player writes it: 0:07, 12:05, 1:02:03."""
    seconds = max(0, round(milliseconds / 1000))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def speech(words: str) -> str:
    """Return the language a screen reader should speak people's own words in, by their script.

    Han characters are spoken as Chinese, all else as English: a guess for other Latin
    languages, and still nearer than the voice of a Chinese page (WCAG 3.1.2).
    """
    return "zh-Hans" if HAN.search(words) else "en"


@register.filter
def card_shape(picture: Sized | None) -> str:
    """Return the class that tells the wall how tall this photo is, before it loads."""
    if picture is None or not picture.width or not picture.height:
        return "photo-24"
    units = round(24 * picture.height / picture.width)
    return f"photo-{min(max(units, SHORTEST), TALLEST)}"


@register.filter
def title_room(title: str) -> str:
    """Return the class of a card whose title surely fits one line where that class says so, or nothing."""
    width = sum(
        1.0 if east_asian_width(letter) in "WF" else LETTER_WIDTHS.get(letter, 0.6)
        for letter in title
    )
    return next((name for most, name in ONE_LINE if width <= most), "")


@register.filter
def face_tint(handle: str) -> str:
    """Return one of four quiet tints, always the same for one handle."""
    return f"face-{sum(handle.encode()) % 4 + 1}"


@register.filter
def device_name(agent: str) -> str:
    """Return browser and system of a user agent as a person would say them: Firefox, Windows."""
    browser = next((name for mark, name in BROWSERS if mark in agent), _("A browser"))
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser}, {system}" if system else str(browser)


@register.filter
def under(path: str, prefixes: str) -> bool:
    """Whether an address lies under one of the prefixes, which are parted by spaces."""
    return path.startswith(tuple(prefixes.split()))


@register.filter
def is_tick(field: BoundField) -> bool:
    """Whether the label belongs after the box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether the field is several boxes, which need a legend and not a label."""
    return bool(field.use_fieldset)


@register.filter
def limit(field: BoundField) -> int | None:
    """Return the most characters a text field takes, where a counter helps to keep to it."""
    longest = getattr(field.field, "max_length", None)
    widget = field.field.widget
    counted = isinstance(widget, forms.Textarea) or (
        type(widget) is forms.TextInput and longest is not None and longest <= 140
    )
    return longest if counted else None


@register.filter
def current_length(field: BoundField) -> int:
    """Return how many characters stand in a field now."""
    return len(str(field.value() or ""))


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a form field's control in our look, tied to its help, error and counter."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if not isinstance(widget, BOXES):
        kinds = ["entry"]
        if isinstance(widget, forms.FileInput):
            kinds.append("entry-file")
        attrs["class"] = " ".join([*kinds, widget.attrs.get("class", "")]).strip()
    described = [f"{field.auto_id}_helptext"] if field.help_text else []
    described += [f"{field.auto_id}_error"] if field.errors else []
    if described and not field.use_fieldset:
        attrs["aria-describedby"] = " ".join(described)
    if limit(field):
        attrs["data-count"] = f"{field.auto_id}_count"
    return field.as_widget(attrs=attrs)
