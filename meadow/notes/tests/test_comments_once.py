"""A comment whose answer was lost and that is sent again is one comment."""

import re

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.testing import race
from meadow.notes.models import Comment, Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def note() -> Note:
    return make_note(make_person().pk, photos=0)


def bodies(note: Note) -> list[str]:
    return list(Comment.objects.filter(note=note).order_by("pk").values_list("body", flat=True))


def test_the_form_that_is_sent_again_writes_once_and_is_answered_alike(note: Note) -> None:
    page = sign_in(make_person())
    key = re.search(r'name="key" value="(k\w+)"', page.get(f"/n/{note.public_id}").content.decode())
    assert key
    form = {"body": "Lovely", "key": key[1]}

    first, again = (page.post(f"/n/{note.public_id}/comments/add", form) for _ in range(2))
    part = page.post(f"/n/{note.public_id}/comments/add", form, headers=HTMX).content.decode()

    written = Comment.objects.get(note=note)
    assert first["Location"] == again["Location"]
    assert f'id="{written.public_id}"' in part
    assert key[1] not in part
    note.refresh_from_db()
    assert note.comment_count == 1


def test_without_its_key_it_writes_as_often_as_it_comes(note: Note) -> None:
    page = sign_in(make_person())

    for _ in range(2):
        page.post(f"/n/{note.public_id}/comments/add", {"body": "Lovely"})

    assert bodies(note) == ["Lovely", "Lovely"]


def test_other_words_a_reply_and_another_person_are_comments_of_their_own(note: Note) -> None:
    page, other = sign_in(make_person()), sign_in(make_person())
    path, form = f"/n/{note.public_id}/comments/add", {"body": "Lovely", "key": "k1"}
    page.post(path, form)
    parent = Comment.objects.get(note=note).public_id

    page.post(path, form | {"body": "Lovely, really"})
    page.post(path, form | {"parent": parent})
    other.post(path, form)

    assert bodies(note) == ["Lovely", "Lovely, really", "Lovely", "Lovely"]


def test_a_refused_one_can_be_sent_again_with_its_key(note: Note) -> None:
    page, path = sign_in(make_person()), f"/n/{note.public_id}/comments/add"
    Note.objects.filter(pk=note.pk).update(comments_from="nobody")
    form = {"body": "Lovely", "key": "k1"}

    refused = page.post(path, form)
    Note.objects.filter(pk=note.pk).update(comments_from="everyone")
    taken = page.post(path, form)

    assert refused.status_code >= 400
    assert taken.status_code == 302
    assert bodies(note) == ["Lovely"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("key", "written"), [("k1", 1), ("", 4)])
def test_at_once_a_key_writes_once_and_no_key_each_time(key: str, written: int) -> None:
    note, writer = make_note(make_person().pk, photos=0), make_person()
    browsers = [sign_in(writer) for _ in range(4)]
    form = {"body": "Lovely", "key": key}

    race(lambda place: browsers[place].post(f"/n/{note.public_id}/comments/add", form), runners=4)

    assert len(bodies(note)) == written


def test_software_with_a_key_writes_once_and_without_one_each_time(note: Note) -> None:
    token = make_token(make_person(), "social:write", "notes:read")
    path = f"/api/v1/notes/{note.public_id}/comments"

    def send(**more: str) -> str:
        headers = {"Authorization": f"Bearer {token}", **more}
        sent = {"body": "Lovely"}
        answer = Client().post(path, sent, content_type="application/json", headers=headers)
        assert answer.status_code == 201
        return str(answer.json()["id"])

    keyed = [send(**{"Idempotency-Key": "one"}) for _ in range(2)]
    plain = [send() for _ in range(2)]

    assert keyed[0] == keyed[1]
    assert len({*keyed, *plain}) == 3
