"""Boards: their owner's to make and fill, everybody's to see only as far as each note allows."""

from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.testing import race, together
from meadow.notes import errors, limits, queries, services
from meadow.notes.events import NoteSaved
from meadow.notes.models import Board, BoardNote, Note, Save
from meadow.notes.services import boards as keeping
from meadow.notes.testing import WHEN, make_board, make_note


def put(board: Board, note: Note, owner: Person) -> None:
    services.put_on_board(
        board_id=board.public_id, note_id=note.public_id, person_id=owner.pk, now=WHEN
    )


def held(board: Board) -> Any:
    """Return the count that is kept and the rows there are."""
    board.refresh_from_db()
    return board.note_count, BoardNote.objects.filter(board=board).count()


@pytest.mark.django_db
def test_putting_a_note_on_a_board_saves_it_once_and_unsaving_takes_it_off_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(keeping, "publish", told.append)
    ann, bo = make_person(), make_person()
    note, boards = make_note(ann.pk), [make_board(bo.pk), make_board(bo.pk)]

    for board in (*boards, boards[0]):
        put(board, note, bo)
    note.refresh_from_db()
    before = note.save_count, [held(board) for board in boards]
    services.unsave_note(public_id=note.public_id, person_id=bo.pk, now=WHEN)

    assert before == (1, [(1, 1), (1, 1)])
    assert [type(event) for event in told] == [NoteSaved]
    assert [held(board) for board in boards] == [(0, 0), (0, 0)]
    assert Save.objects.count() == 0


@pytest.mark.django_db
def test_deleting_a_board_keeps_the_saves() -> None:
    ann = make_person()
    board = make_board(ann.pk, make_note(ann.pk), make_note(ann.pk))

    services.delete_board(public_id=board.public_id, owner_id=ann.pk, now=WHEN)

    assert (Board.objects.count(), BoardNote.objects.count()) == (0, 0)
    assert Save.objects.filter(person=ann).count() == 2


@pytest.mark.django_db
def test_moving_takes_all_of_the_chosen_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = make_person()
    notes = [make_note(ann.pk) for _ in range(3)]
    source, target = make_board(ann.pk, *notes), make_board(ann.pk, notes[0])
    move: Any = {"board_id": source.public_id, "to_id": target.public_id, "person_id": ann.pk}
    chosen = [note.public_id for note in notes[:2]]
    monkeypatch.setattr(limits, "MOST_IN_BOARD", 1)
    with pytest.raises(errors.BoardFull):
        services.move_to_board(note_ids=chosen, now=WHEN, **move)
    refused = held(source), held(target)
    monkeypatch.setattr(limits, "MOST_IN_BOARD", 2)

    services.move_to_board(note_ids=chosen, now=WHEN, **move)

    assert refused == ((3, 3), (1, 1))
    assert (held(source), held(target)) == ((1, 1), (2, 2))


@pytest.mark.django_db
def test_a_board_never_shows_a_note_that_its_viewer_may_not_see() -> None:
    ann, bo, reader = make_person(), make_person(), make_person()
    public, private, gone = (make_note(bo.pk) for _ in range(3))
    board = make_board(ann.pk, public, private, gone)
    Note.objects.filter(pk=private.pk).update(visibility="private")
    Note.objects.filter(pk=gone.pk).update(state="deleted", deleted_at=WHEN)

    seen = {}
    for viewer_id in (None, ann.pk, reader.pk, bo.pk):
        view = queries.get_board(public_id=board.public_id, viewer_id=viewer_id)
        page = queries.notes_on_board(board_id=board.pk, viewer_id=viewer_id)
        [listed] = queries.boards_of(owner_id=ann.pk, viewer_id=viewer_id).items
        assert view.card == listed
        seen[viewer_id] = (view.card.note_count, {card.id for card in page.items}, view.unseen)
    block_person(blocker_id=bo.pk, blocked_id=reader.pk, now=WHEN)
    blocked = queries.notes_on_board(board_id=board.pk, viewer_id=reader.pk)

    assert seen == {
        None: (1, {public.pk}, 2),
        ann.pk: (1, {public.pk}, 2),
        reader.pk: (1, {public.pk}, 2),
        bo.pk: (2, {public.pk, private.pk}, 1),
    }
    assert blocked.items == []


@pytest.mark.django_db
def test_a_private_board_is_its_owners_alone_and_nobody_elses_to_change() -> None:
    ann, bo = make_person(), make_person()
    secret, shown = make_board(ann.pk, is_public=False), make_board(ann.pk)
    note = make_note(ann.pk)

    for viewer_id in (None, bo.pk):
        with pytest.raises(errors.BoardMissing):
            queries.get_board(public_id=secret.public_id, viewer_id=viewer_id)
        page = queries.boards_of(owner_id=ann.pk, viewer_id=viewer_id)
        assert [board.public_id for board in page.items] == [shown.public_id]
    with pytest.raises(errors.BoardMissing):
        put(shown, note, bo)
    with pytest.raises(errors.BoardMissing):
        services.delete_board(public_id=shown.public_id, owner_id=bo.pk, now=WHEN)

    assert (held(shown), Save.objects.count()) == ((0, 0), 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "about", "error"),
    [
        (" \u202e ", "", errors.BoardNameMissing),
        ("x" * 41, "", errors.BoardNameTooLong),
        ("fine", "x" * 301, errors.BoardAboutTooLong),
        ("SHOES", "", errors.BoardNameTaken),
    ],
)
def test_words_of_a_board_have_their_limits(name: str, about: str, error: Any) -> None:
    ann = make_person()
    services.create_board(owner_id=ann.pk, name="Shoes", now=WHEN)

    with pytest.raises(error):
        services.create_board(owner_id=ann.pk, name=name, about=about, now=WHEN)

    assert Board.objects.count() == 1


@pytest.mark.django_db
def test_a_new_board_stands_first_and_any_can_be_moved_to_the_front() -> None:
    ann = make_person()
    made = [services.create_board(owner_id=ann.pk, name=name, now=WHEN) for name in "abc"]
    services.move_board_to_front(public_id=made[1].public_id, owner_id=ann.pk, now=WHEN)

    first = queries.boards_of(owner_id=ann.pk, viewer_id=ann.pk, length=2)
    second = queries.boards_of(
        owner_id=ann.pk, viewer_id=ann.pk, length=2, cursor=first.next_cursor
    )

    assert [one.name for one in (*first.items, *second.items)] == ["b", "c", "a"]
    assert second.next_cursor is None


def fill_by_eight() -> tuple[Any, int]:
    """Let eight at once put a note each on a board for three; returns its counts and the refusals."""
    ann = make_person()
    board, notes = make_board(ann.pk), [make_note(ann.pk) for _ in range(8)]
    answers = race(lambda place: put(board, notes[place], ann), runners=8)
    return held(board), sum(isinstance(one, errors.BoardFull) for one in answers)


@pytest.mark.django_db(transaction=True)
def test_a_board_holds_no_more_than_fit_and_counts_them_under_eight_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_IN_BOARD", 3)

    assert fill_by_eight() == ((3, 3), 5)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_board_takes_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_IN_BOARD", 3)

    def careless(*, public_id: str, owner_id: int) -> Board:
        return Board.objects.get(public_id=public_id, owner_id=owner_id)

    monkeypatch.setattr(keeping, "lock_own_board", careless)
    put_all = together(BoardNote.objects.bulk_create, runners=8)
    monkeypatch.setattr(BoardNote.objects, "bulk_create", put_all)

    assert fill_by_eight() == ((8, 8), 0)


def begin_by_eight() -> int:
    ann = make_person()
    race(
        lambda place: services.create_board(owner_id=ann.pk, name=f"b{place}", now=WHEN), runners=8
    )
    return Board.objects.filter(owner=ann).count()


@pytest.mark.django_db(transaction=True)
def test_nobody_has_more_boards_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BOARDS", 3)

    assert begin_by_eight() == 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_there_are_too_many_boards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_BOARDS", 3)
    monkeypatch.setattr(keeping, "_lock_boards_of", lambda _owner_id: None)
    monkeypatch.setattr(Board.objects, "create", together(Board.objects.create, runners=8))

    assert begin_by_eight() == 8


@pytest.mark.django_db
def test_the_pages_ask_the_same_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    ann = make_person(handle="ann")
    for _ in range(4):
        make_board(ann.pk, *(make_note(ann.pk) for _ in range(3)))
    board = make_board(ann.pk, *(make_note(ann.pk) for _ in range(5)))
    client = sign_in(make_person())
    for path in ("/@ann/boards", f"/b/{board.public_id}"):
        client.get(path)
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_the_sheet_works_without_scripts_and_its_refusal_keeps_what_was_typed() -> None:
    ann = make_person()
    note, client = make_note(ann.pk), sign_in(ann)
    path = f"/n/{note.public_id}/boards"

    answer = client.post(path, {"act": "new", "name": "Kitchen"}, follow=True)
    again = client.post(path, {"act": "new", "name": "kitchen"}, headers={"hx-request": "true"})

    assert "Saved to Kitchen." in answer.content.decode()
    assert 'aria-pressed="true"' in answer.content.decode()
    assert "You have a board called kitchen already." in again.content.decode()
    assert 'value="kitchen"' in again.content.decode()
    assert Client().get(path).status_code == 302
    assert Client().get(path, headers={"hx-request": "true"}).status_code == 401


@pytest.mark.django_db
def test_software_tends_boards_with_a_token() -> None:
    ann = make_person()
    note = make_note(ann.pk)
    secret = make_token(ann, "notes:read", "social:write")
    call: Any = {
        "headers": {"Authorization": f"Bearer {secret}"},
        "content_type": "application/json",
    }
    client = Client()

    board = client.post("/api/v1/boards", {"name": "Harbours"}, **call).json()
    filled = client.put(f"/api/v1/boards/{board['id']}/notes/{note.public_id}", **call).json()
    changed = client.patch(
        f"/api/v1/boards/{board['id']}", {"cover": note.public_id, "is_public": False}, **call
    ).json()
    listed = client.get(f"/api/v1/boards/{board['id']}/notes", **call).json()

    assert (board["note_count"], filled["note_count"]) == (0, 1)
    assert (changed["is_public"], len(changed["covers"])) == (False, 1)
    assert [one["id"] for one in listed["items"]] == [note.public_id]
    assert client.get(f"/api/v1/boards/{board['id']}").status_code == 404
