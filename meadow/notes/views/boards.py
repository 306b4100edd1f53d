"""Boards: the sheet that puts a note on one, and the pages on which their owner tends them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from meadow.accounts.permissions import require_person
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.problems import wants_fragment
from meadow.notes import queries, services
from meadow.notes.errors import BoardMissing
from meadow.notes.forms import BoardForm
from meadow.notes.records import BoardView

ARRANGED_A_PAGE = 60


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer a person's boards for a note; a POST puts it on one, takes it off, or begins one."""
    if not request.user.is_authenticated and not wants_fragment(request):
        return redirect_to_login(request.get_full_path())
    person = require_person(request.user)
    note = queries.get_note(public_id=public_id, viewer_id=person.pk)
    context: dict[str, object] = {"note": note, "form": BoardForm(auto_id="board_%s")}
    if request.method == "POST":
        try:
            context["said"] = _act(request, public_id=public_id, person_id=person.pk)
        except MeadowError as refused:
            if not wants_fragment(request):
                raise
            context |= {"refused": refused, "typed": request.POST.get("name", "")}
        else:
            if not wants_fragment(request):
                messages.success(request, str(context["said"]))
                return redirect(request.path)
        context["note"] = queries.get_note(public_id=public_id, viewer_id=person.pk)
    context["boards"] = queries.boards_for_note(note_public_id=public_id, person_id=person.pk)
    fragment = wants_fragment(request)
    # The bookmark of the note's own page shows that it is kept now; a wall has none.
    shown_on = request.headers.get("HX-Current-URL", "")
    context["oob"] = "said" in context and shown_on.partition("?")[0].endswith(f"/n/{public_id}")
    return render(request, "notes/_board_sheet.html" if fragment else "notes/boards.html", context)


def _act(request: HttpRequest, *, public_id: str, person_id: int) -> str:
    """Do what a button of the sheet says; returns it in words."""
    act, board_id = request.POST.get("act", ""), request.POST.get("board", "")
    if act == "off":
        services.take_off_board(
            board_id=board_id, note_id=public_id, person_id=person_id, now=now()
        )
        return _("Taken off the board. It stays saved.")
    if act == "new":
        board_id = services.create_board(
            owner_id=person_id,
            name=request.POST.get("name", ""),
            is_public="is_private" not in request.POST,
            now=now(),
        ).public_id
    services.put_on_board(board_id=board_id, note_id=public_id, person_id=person_id, now=now())
    name = queries.get_board(public_id=board_id, viewer_id=person_id).card.name
    return _("Saved to %(name)s.") % {"name": name}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin an empty board."""
    person = require_person(request.user)
    form = BoardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            board = services.create_board(
                owner_id=person.pk,
                name=form.cleaned_data["name"],
                about=form.cleaned_data["about"],
                is_public=not form.cleaned_data["is_private"],
                now=now(),
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            return redirect(f"/b/{board.public_id}")
    context = {"form": form, "back": f"/@{person.handle}/boards"}
    return render(request, "notes/board_new.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change what a board is called, who sees it, and which note is on its cover."""
    board = _own(request, public_id)
    first = {
        "name": board.card.name,
        "about": board.card.about,
        "is_private": not board.card.is_public,
    }
    form = BoardForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_board(
                public_id=public_id,
                owner_id=board.owner.id,
                name=form.cleaned_data["name"],
                about=form.cleaned_data["about"],
                is_public=not form.cleaned_data["is_private"],
                cover=request.POST.get("cover"),
                now=now(),
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            return redirect(board.card.url)
    notes = queries.notes_on_board(board_id=board.card.id, viewer_id=board.owner.id, length=24)
    context = {"form": form, "board": board, "notes": notes.items}
    return render(request, "notes/board_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose notes of a board, and move them to another or take them off."""
    board = _own(request, public_id)
    person_id = board.owner.id
    if request.method == "POST":
        chosen = request.POST.getlist("note")
        if request.POST.get("act") == "move":
            services.move_to_board(
                board_id=public_id,
                to_id=request.POST.get("to", ""),
                note_ids=chosen,
                person_id=person_id,
                now=now(),
            )
            said = ngettext("%(count)s note moved.", "%(count)s notes moved.", len(chosen))
        else:
            services.take_many_off_board(
                board_id=public_id, note_ids=chosen, person_id=person_id, now=now()
            )
            said = ngettext(
                "%(count)s note taken off. It stays saved.",
                "%(count)s notes taken off. They stay saved.",
                len(chosen),
            )
        messages.success(request, said % {"count": len(chosen)})
        return redirect(request.get_full_path())
    notes = queries.notes_on_board(
        board_id=board.card.id,
        viewer_id=person_id,
        cursor=request.GET.get("cursor"),
        length=ARRANGED_A_PAGE,
    )
    others = [
        one
        for one in queries.boards_for_note(note_public_id="", person_id=person_id)
        if one.public_id != public_id
    ]
    context = {
        "board": board,
        "notes": notes.items,
        "next_cursor": notes.next_cursor,
        "others": others,
    }
    return render(request, "notes/board_arrange.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then delete a board; its notes stay saved."""
    board = _own(request, public_id)
    if request.method == "POST":
        services.delete_board(public_id=public_id, owner_id=board.owner.id, now=now())
        messages.success(request, _("The board is deleted. Its notes stay saved."))
        return redirect(f"/@{board.owner.handle}/boards")
    return render(request, "notes/board_delete.html", {"board": board})


@login_required
@require_POST
def to_front(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a board the first of one's boards."""
    person = require_person(request.user)
    services.move_board_to_front(public_id=public_id, owner_id=person.pk, now=now())
    return redirect(f"/@{person.handle}/boards")


def _own(request: HttpRequest, public_id: str) -> BoardView:
    person = require_person(request.user)
    board = queries.get_board(public_id=public_id, viewer_id=person.pk)
    if not board.is_own:
        raise BoardMissing
    return board
