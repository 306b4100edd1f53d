"""The API: the whole life of a note with a token, and what each scope may not do."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core import realtime
from meadow.media import rendering
from meadow.media.models import Upload
from meadow.media.testing import make_photo, make_upload
from meadow.notes.models import Comment, Note
from meadow.notes.testing import make_comment, make_note

ROOT = "/api/v1"


class Api:
    """A client with a token of some scopes."""

    def __init__(self, person: Person, *scopes: str) -> None:
        self.client = Client()
        self.headers = {"authorization": f"Bearer {make_token(person, *scopes)}"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return getattr(self.client, method)(
            ROOT + path,
            data=None if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.headers,
        )


@pytest.fixture
def ann(db: None) -> Any:
    return make_person(handle="ann")


@pytest.fixture
def api(ann: Person) -> Any:
    return Api(ann, "notes:read", "notes:write", "social:write")


def test_a_note_lives_its_whole_life_over_the_api(
    api: Api, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "publish", lambda **_event: None)
    photo = SimpleUploadedFile("a.jpg", make_photo().read())
    upload = api.client.post(ROOT + "/uploads", {"file": photo}, headers=api.headers)
    upload_id = upload.json()["id"]
    draft = api.call(
        "post", "/notes", {"body": "#hike", "photos": [{"id": upload_id, "description": "Hill"}]}
    )
    note_id = draft.json()["id"]
    untitled = api.call("post", f"/notes/{note_id}/publish")
    titled = api.call("patch", f"/notes/{note_id}", {"title": "Up"})
    waiting = api.call("post", f"/notes/{note_id}/publish")
    rendering.render(upload_id=Upload.objects.get().pk)
    ready = api.call("get", f"/uploads/{upload_id}")
    published = api.call("post", f"/notes/{note_id}/publish")
    again = api.call("post", f"/notes/{note_id}/publish")
    deleted = [api.call("delete", f"/notes/{note_id}").status_code for _ in range(2)]
    gone = api.call("get", f"/notes/{note_id}")

    assert (upload.status_code, upload.json()["state"]) == (202, "received")
    assert (draft.status_code, draft.json()["photos"][0]["description"]) == (201, "Hill")
    assert (untitled.status_code, untitled.json()["code"]) == (422, "notes.title_missing")
    assert titled.json()["title"] == "Up"
    assert (waiting.status_code, waiting.json()["code"]) == (409, "notes.photos_not_ready")
    assert (ready.json()["state"], ready.json()["progress"]) == ("ready", 100)
    assert published.json()["topics"] == ["hike"]
    assert published.json()["photos"][0]["src"].startswith(f"/media/{upload_id}/")
    assert again.json() == published.json()
    assert deleted == [204, 204]
    assert (gone.status_code, gone.json()["code"]) == (404, "notes.missing")


def test_photos_are_set_as_a_whole_and_a_refusal_changes_nothing(api: Api, ann: Person) -> None:
    note = make_note(ann.pk, photos=2)
    first, second = note.photos.values_list("upload__public_id", flat=True)
    fresh = make_upload(ann.pk).public_id

    def photos(ids: list[str]) -> Any:
        return api.call("patch", f"/notes/{note.public_id}", {"photos": [{"id": i} for i in ids]})

    swapped = photos([second, fresh])
    empty = photos([])
    foreign = photos([make_upload(make_person().pk).public_id, second])

    assert [photo["id"] for photo in swapped.json()["photos"]] == [second, fresh]
    assert Upload.objects.get(public_id=first).attached_at is None
    assert (empty.status_code, empty.json()["code"]) == (409, "notes.last_photo")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "media.upload_missing")
    kept = note.photos.order_by("position").values_list("upload__public_id", flat=True)
    assert list(kept) == [second, fresh]


def test_reactions_are_idempotent(api: Api, ann: Person) -> None:
    note = make_note(ann.pk)
    path = f"/notes/{note.public_id}"

    answers = [
        api.call(method, path + act).json()
        for method, act in [
            ("put", "/like"),
            ("put", "/like"),
            ("put", "/save"),
            ("delete", "/like"),
            ("delete", "/like"),
            ("delete", "/save"),
        ]
    ]

    assert [(a["like_count"], a["save_count"]) for a in answers] == [
        (1, 0),
        (1, 0),
        (1, 1),
        (0, 1),
        (0, 1),
        (0, 0),
    ]


def test_comments_and_replies_over_the_api(api: Api, ann: Person) -> None:
    note = make_note(ann.pk)
    path = f"/notes/{note.public_id}/comments"
    comment = api.call("post", path, {"body": "hello"})
    comment_id = comment.json()["id"]
    reply = api.call("post", path, {"body": "hi", "parent": comment_id})
    deeper = api.call("post", path, {"body": "ho", "parent": reply.json()["id"]})
    listed = Client().get(ROOT + path).json()
    replies = Client().get(f"{ROOT}/comments/{comment_id}/replies").json()
    deleted = api.call("delete", f"/comments/{comment_id}")

    assert comment.status_code == reply.status_code == 201
    assert [(one["body"], one["reply_count"]) for one in listed["items"]] == [("hello", 2)]
    assert [one["body"] for one in listed["items"][0]["replies"]] == ["hi", "ho"]
    assert [(one["body"], one["parent"], one["answers"]) for one in replies["items"]] == [
        ("hi", comment_id, None),
        ("ho", comment_id, "ann"),
    ]
    assert deeper.status_code == 201
    assert deleted.status_code == 204
    assert Comment.objects.filter(deleted_at__isnull=True).count() == 2


def test_comments_are_liked_pinned_and_ruled_over_the_api(api: Api, ann: Person) -> None:
    note = make_note(ann.pk)
    comment = make_comment(note, make_person().pk)
    path = f"/comments/{comment.public_id}"

    liked = api.call("put", f"{path}/like").json()
    pinned = api.call("put", f"{path}/pin").json()
    rules = api.call("put", f"/notes/{note.public_id}/comment-rules", {"comments_from": "nobody"})
    wrong = api.call("put", f"/notes/{note.public_id}/comment-rules", {"comments_from": "cats"})
    words = api.call("put", "/comments/words", {"words": ["Spoiler", " spoiler ", "剧透"]}).json()
    first = Client().get(f"{ROOT}{path}")
    again = Client().get(f"{ROOT}{path}", headers={"If-None-Match": first["ETag"]})
    closed = Client().get(f"{ROOT}/notes/{note.public_id}/comment-rules").json()

    assert (liked["like_count"], liked["is_liked"], liked["is_liked_by_author"]) == (1, True, True)
    assert (pinned["is_pinned"], first.json()["is_pinned"]) == (True, True)
    assert rules.json() == {"comments_from": "nobody", "may_comment": True}
    assert closed == {"comments_from": "nobody", "may_comment": False}
    assert (wrong.status_code, wrong.json()["code"]) == (422, "notes.unknown_commenters")
    assert words == {"words": ["spoiler", "剧透"]}
    assert again.status_code == 304
    assert api.call("delete", f"{path}/pin").json()["is_pinned"] is False
    assert api.call("delete", f"{path}/like").json()["like_count"] == 0


def test_lists_are_paged_by_cursor(api: Api, ann: Person) -> None:
    made = [make_note(ann.pk).public_id for _ in range(21)]
    make_note(ann.pk, published=False)

    first = Client().get(f"{ROOT}/people/ann/notes").json()
    second = Client().get(f"{ROOT}/people/ann/notes?cursor={first['next_cursor']}").json()
    mine = api.call("get", "/notes/mine").json()
    drafts = api.call("get", "/notes/drafts").json()

    assert [card["id"] for card in [*first["items"], *second["items"]]] == made[::-1]
    assert second["next_cursor"] is None
    assert mine["items"] == first["items"]
    assert len(drafts) == 1


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("notes:read", "post", "/notes", {}),
        ("notes:read", "delete", "/notes/{note}", None),
        ("notes:read", "put", "/notes/{note}/like", None),
        ("notes:write", "put", "/notes/{note}/like", None),
        ("notes:write", "post", "/notes/{note}/comments", {"body": "x"}),
        ("social:write", "post", "/notes/{note}/publish", None),
        ("social:write", "get", "/notes/drafts", None),
        ("social:write", "get", "/uploads/{upload}", None),
    ],
)
def test_a_token_without_the_scope_is_refused_and_changes_nothing(
    ann: Person, scope: str, method: str, path: str, body: Any
) -> None:
    note = make_note(ann.pk)
    upload = note.photos.get().upload.public_id

    answer = Api(ann, scope).call(method, path.format(note=note.public_id, upload=upload), body)

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert list(Note.objects.values_list("pk", "state", "like_count")) == [
        (note.pk, "published", 0)
    ]


def test_other_people_are_refused(ann: Person) -> None:
    other = Api(make_person(), "notes:read", "notes:write", "social:write")
    note, draft = make_note(ann.pk), make_note(ann.pk, published=False)
    comment = make_comment(note, ann.pk)
    upload = note.photos.get().upload.public_id

    statuses = [
        other.call(method, path, body).status_code
        for method, path, body in [
            ("patch", f"/notes/{note.public_id}", {"title": "x"}),
            ("delete", f"/notes/{note.public_id}", None),
            ("get", f"/notes/{draft.public_id}", None),
            ("post", f"/notes/{draft.public_id}/publish", None),
            ("delete", f"/comments/{comment.public_id}", None),
            ("get", f"/uploads/{upload}", None),
        ]
    ]

    assert statuses == [403, 403, 404, 404, 403, 404]
    note.refresh_from_db()
    assert note.title == "A quiet morning"


def test_a_session_needs_the_csrf_token_to_write(ann: Person) -> None:
    note = make_note(ann.pk)

    strict = sign_in(ann, enforce_csrf_checks=True).put(f"{ROOT}/notes/{note.public_id}/like")

    assert strict.status_code == 403
    note.refresh_from_db()
    assert note.like_count == 0
