"""A note on other sites: the view they frame, and oEmbed, which tells them how."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from meadow.analytics.tokens import seal_token
from meadow.core.clock import now
from meadow.core.errors import InvalidInput, MeadowError, NotFound
from meadow.notes.errors import NoteMissing
from meadow.notes.queries import NoteView, get_note
from meadow.pages.meta import is_public, pictures_of
from meadow.pages.paid import paid_place

WIDTH, NARROWEST = 480, 220
HEIGHT, LOWEST = 640, 200
LONGEST_ADDRESS = 500
FRAME = (
    '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" allow="fullscreen"'
    ' style="border:0"></iframe>'
)

# One script of ours (js/embed.js), which tells that the note was read.
FRAMED = {"frame-ancestors": ["*"], "connect-src": [SELF], "script-src": [SELF]}


class ForeignAddress(NotFound):
    code = "oembed.foreign"
    message = _("This address is not of a note here.")
    hint = _("Ask with the address of a note as its page has it.")


class OnlyJson(MeadowError):
    status = 501
    code = "oembed.only_json"
    message = _("Only JSON is spoken here.")
    hint = _("Ask with format=json, or leave the format out.")


@require_safe
@xframe_options_exempt
@csp_replace(FRAMED)  # type: ignore[arg-type]  # its types know no views with arguments
@cache_control(private=True, no_cache=True)
def embed(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a note in a frame on any site, as somebody signed out sees it; sets no cookie.

    Each showing has a token of its own: a read here is a fact of the surface `embed`.
    """
    note = _public_note(public_id)
    pictures = pictures_of(note)
    paid = paid_place(request, note_id=note.id)
    context = {
        "note": note,
        "sponsored": paid is not None,
        "token": seal_token(
            note_id=note.id,
            author_id=note.author.id,
            surface="embed",
            now=now(),
            campaign_id=paid[1].campaign_id if paid else 0,
        ),
        "picture": pictures[0] if pictures else None,
        "alt": note.photos[0].description if note.photos else "",
        "count": len(note.photos),
    }
    return render(request, "pages/embed.html", context)


@require_safe
@cache_control(public=True, max_age=0, must_revalidate=True)
def oembed(request: HttpRequest) -> HttpResponse:
    """Answer how a note is embedded, by the oEmbed specification 1.0.

    Raises ForeignAddress, OnlyJson, InvalidInput or NoteMissing.
    """
    if request.GET.get("format", "json") != "json":
        raise OnlyJson
    note = _public_note(_read_address(request, request.GET.get("url", "")))
    width = min(WIDTH, _read_size(request, "maxwidth", least=NARROWEST, default=WIDTH))
    height = min(HEIGHT, _read_size(request, "maxheight", least=LOWEST, default=HEIGHT))
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "provider_name": "Meadow",
        "provider_url": request.build_absolute_uri("/"),
        "title": note.title,
        "author_name": note.author.shown_name,
        "author_url": request.build_absolute_uri(f"/@{note.author.handle}"),
        "width": width,
        "height": height,
        "html": embed_code(request, note, width=width, height=height),
    }
    picture = next(iter(pictures_of(note)), None)
    if picture is not None and picture.is_ready:
        answer |= {
            "thumbnail_url": request.build_absolute_uri(picture.src),
            "thumbnail_width": picture.width,
            "thumbnail_height": picture.height,
        }
    response = JsonResponse(answer)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def embed_code(
    request: HttpRequest, note: NoteView, *, width: int = WIDTH, height: int = HEIGHT
) -> str:
    """Return the HTML that puts a note on another page; sizes in pixels."""
    address = request.build_absolute_uri(f"/embed{note.url}{_via(request, note)}")
    return str(format_html(FRAME, address, width, height, note.title))


def _via(request: HttpRequest, note: NoteView) -> str:
    """Return what tells the frame that the note was promoted where its code was taken from."""
    paid = paid_place(request, note_id=note.id)
    return f"?via={paid[0]}" if paid else ""


def _public_note(public_id: str) -> NoteView:
    note = get_note(public_id=public_id, viewer_id=None)
    if not is_public(note):
        raise NoteMissing
    return note


def _read_address(request: HttpRequest, address: str) -> str:
    if not address or len(address) > LONGEST_ADDRESS:
        raise InvalidInput(fields={"url": [str(_("Name the address of a note."))]})
    try:
        parts = urlsplit(address)
        found = resolve(parts.path)
    except (ValueError, Resolver404) as broken:
        raise ForeignAddress from broken
    ours = parts.scheme in ("http", "https") and parts.netloc == request.get_host()
    if not ours or found.url_name != "note":
        raise ForeignAddress
    return str(found.kwargs["public_id"])


def _read_size(request: HttpRequest, name: str, *, least: int, default: int) -> int:
    given = request.GET.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or not least <= int(given[:9]) <= 100_000:
        said = _("Give a whole number of pixels, %(least)s at least.") % {"least": least}
        raise InvalidInput(fields={name: [str(said)]})
    return int(given[:9])
