"""Planned notes: chosen on one's own clock, published at their minute, once."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.clock import now
from meadow.core.errors import MeadowError
from meadow.core.testing import forget_jobs, race, run_jobs, together, waiting_jobs
from meadow.media.models import Upload
from meadow.notes import errors, services
from meadow.notes.models import Note
from meadow.notes.moments import read_local
from meadow.notes.services import publishing, scheduling
from meadow.notes.testing import WHEN, make_note
from meadow.notifications.models import Notification

SOON = dt.timedelta(hours=2)


def plan(note: Note, *, at: dt.datetime = WHEN + SOON, when: dt.datetime = WHEN) -> Note:
    return services.schedule_note(
        public_id=note.public_id, author_id=note.author_id, publish_at=at, now=when
    )


def stands(note: Note) -> tuple[str, dt.datetime | None]:
    row = Note.objects.get(pk=note.pk)
    return row.state, row.publish_at


@pytest.fixture
def ann(db: None) -> Any:
    return make_person()


@pytest.fixture
def draft(ann: Person) -> Note:
    return make_note(ann.pk, published=False)


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-05-01T20:00", "Asia/Shanghai", "2026-05-01T12:00:00+00:00"),
        ("2026-07-01T20:00", "America/New_York", "2026-07-02T00:00:00+00:00"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("2026-05-01T20:00:59", "UTC", "2026-05-01T20:00:00+00:00"),
    ],
)
def test_a_time_is_read_on_its_writers_clock(text: str, zone: str, moment: str) -> None:
    assert read_local(text=text, zone=zone) == dt.datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("text", "zone", "refusal"),
    [
        ("2026-03-29T02:30", "Europe/Berlin", errors.TimeNotThere),
        ("tomorrow", "UTC", errors.TimeUnreadable),
        ("2026-05-01T20:00+02:00", "UTC", errors.TimeUnreadable),
        ("0001-01-01T00:00", "Asia/Shanghai", errors.TimeUnreadable),
        ("2026-05-01T20:00", "", errors.TimeUnreadable),
        ("2026-05-01T20:00", "../../etc/passwd", errors.TimeUnreadable),
        ("2026-05-01T20:00", "Europe", errors.TimeUnreadable),
        ("2026-05-01T20:00", "Nowhere/Land", errors.TimeUnreadable),
        ("2026-05-01T20:00", "Z" * 10_000, errors.TimeUnreadable),
    ],
)
def test_a_time_that_is_none_is_refused(text: str, zone: str, refusal: type[MeadowError]) -> None:
    with pytest.raises(refusal):
        read_local(text=text, zone=zone)


@pytest.mark.parametrize(
    ("ahead", "refusal"),
    [
        (dt.timedelta(minutes=14, seconds=59), errors.TimeTooSoon),
        (dt.timedelta(minutes=15), None),
        (dt.timedelta(days=90), None),
        (dt.timedelta(days=90, minutes=1), errors.TimeTooFar),
    ],
)
def test_a_note_is_planned_within_its_limits(
    draft: Note, ahead: dt.timedelta, refusal: type[MeadowError] | None
) -> None:
    if refusal is None:
        plan(draft, at=WHEN + ahead)
        assert stands(draft) == ("scheduled", WHEN + ahead)
    else:
        with pytest.raises(refusal):
            plan(draft, at=WHEN + ahead)
        assert stands(draft) == ("draft", None)


def test_what_could_never_be_published_is_not_planned(ann: Person) -> None:
    bare = make_note(ann.pk, published=False, photos=0)
    untitled = make_note(ann.pk, published=False, title="")
    out = make_note(ann.pk)

    with pytest.raises(errors.PhotosMissing):
        plan(bare)
    with pytest.raises(errors.TitleMissing):
        plan(untitled)
    with pytest.raises(errors.NoteAlreadyPublished):
        plan(out)


def test_fifty_notes_are_planned_and_no_more(ann: Person, draft: Note) -> None:
    Note.objects.bulk_create(
        Note(
            public_id=f"n{number:014d}",
            author=ann,
            state="scheduled",
            title="T",
            publish_at=WHEN + SOON,
            created_at=WHEN,
            edited_at=WHEN,
        )
        for number in range(50)
    )

    with pytest.raises(errors.TooManyScheduled):
        plan(draft)


def test_a_planned_note_keeps_its_title_and_is_its_authors_alone(ann: Person, draft: Note) -> None:
    plan(draft)

    with pytest.raises(errors.TitleMissing):
        services.save_draft(
            public_id=draft.public_id, author_id=ann.pk, title="", body="x", now=WHEN
        )
    own = sign_in(ann).get(f"/n/{draft.public_id}").content.decode()
    assert "until then only you see it" in own
    assert Client().get(f"/n/{draft.public_id}").status_code == 404


def test_a_note_is_planned_changed_and_taken_back_in_the_editor(ann: Person, draft: Note) -> None:
    page, at = sign_in(ann), f"/n/{draft.public_id}/edit"
    words = {"title": "By the lake", "body": "", "act": "schedule", "zone": "Asia/Shanghai"}
    later = (now() + dt.timedelta(days=2)).replace(second=0, microsecond=0)

    def chosen(moment: dt.datetime) -> dict[str, str]:
        local = moment + dt.timedelta(hours=8)
        return {**words, "publish_at": local.strftime("%Y-%m-%dT%H:%M")}

    planned = page.post(at, chosen(later))
    listed = page.get("/me/drafts").content.decode()
    moved = page.post(at, chosen(later + dt.timedelta(hours=1)))
    after = stands(draft)
    too_soon = page.post(at, chosen(now()))
    taken_back = page.post(at, {**words, "act": "unschedule"})

    assert (planned.status_code, planned["Location"]) == (302, "/me/drafts")
    assert f'<time datetime="{later.isoformat()}"' in listed
    assert "By the lake" in listed
    assert moved.status_code == 302
    assert after == ("scheduled", later + dt.timedelta(hours=1))
    assert too_soon.status_code == 422
    assert "A note is planned at least 15 minutes ahead." in too_soon.content.decode()
    assert 'value="Asia/Shanghai"' in too_soon.content.decode()
    assert (taken_back.status_code, stands(draft)) == (302, ("draft", None))


def test_a_note_is_planned_over_the_api(ann: Person, draft: Note) -> None:
    client = Client(
        headers={"authorization": f"Bearer {make_token(ann, 'notes:write', 'notes:read')}"}
    )
    path = f"/api/v1/notes/{draft.public_id}/schedule"
    at = (now() + SOON).replace(second=0, microsecond=0)

    def put(value: str) -> Any:
        return client.put(path, {"publish_at": value}, content_type="application/json")

    naive, given = put("2026-05-01T20:00:00"), put(at.isoformat())
    listed = client.get("/api/v1/notes/scheduled").json()
    back = client.delete(path).json()

    assert naive.status_code == 422
    assert (given.status_code, given.json()["state"]) == (200, "scheduled")
    assert [(row["id"], dt.datetime.fromisoformat(row["publish_at"])) for row in listed] == [
        (draft.public_id, at)
    ]
    assert (back["state"], back["publish_at"]) == ("draft", None)


@pytest.mark.django_db(transaction=True)
def test_the_worker_publishes_what_is_due_and_nothing_else() -> None:
    forget_jobs()
    ann = make_person()
    due, later = (make_note(ann.pk, published=False) for _ in range(2))
    minute = now().replace(second=0, microsecond=0)
    for note, at in ((due, minute), (later, minute + SOON)):
        Note.objects.filter(pk=note.pk).update(state="scheduled", publish_at=at)

    # Told twice: the second finds the first one's job, or the note published.
    assert services.enqueue_due(now=now()) == 1
    services.enqueue_due(now=now())
    run_jobs("default")

    assert stands(due) == ("published", None)
    assert stands(later) == ("scheduled", minute + SOON)
    assert len(waiting_jobs("feed.welcome_note")) == 1
    assert [n.kind for n in Notification.objects.filter(person=ann)] == ["notes.came_out"]
    forget_jobs()


def publications(monkeypatch: pytest.MonkeyPatch, *, guarded: bool) -> int:
    """Have eight workers publish one due note; return how many times it was announced."""
    forget_jobs()
    note = make_note(make_person().pk, published=False)
    Note.objects.filter(pk=note.pk).update(state="scheduled", publish_at=WHEN)
    if not guarded:
        monkeypatch.setattr(
            scheduling, "take_due", lambda *, note_id, now: Note.objects.get(pk=note_id)
        )
        monkeypatch.setattr(scheduling, "show_note", together(publishing.show_note, runners=8))
    results = race(
        lambda _: services.publish_scheduled(note_id=note.pk, now=WHEN + SOON), runners=8
    )
    assert not [one for one in results if isinstance(one, Exception)], results
    announced = len(waiting_jobs("feed.welcome_note"))
    forget_jobs()
    return announced


@pytest.mark.django_db(transaction=True)
def test_eight_workers_publish_a_due_note_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert publications(monkeypatch, guarded=True) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_announced_more_than_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert publications(monkeypatch, guarded=False) > 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_half_way_has_published_nothing_and_the_next_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget_jobs()
    note = make_note(make_person().pk, published=False, body="#lake")
    Note.objects.filter(pk=note.pk).update(state="scheduled", publish_at=WHEN)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "publish", die)
        with pytest.raises(KeyboardInterrupt):
            services.publish_scheduled(note_id=note.pk, now=WHEN)
    between = stands(note)
    services.publish_scheduled(note_id=note.pk, now=WHEN)

    assert between == ("scheduled", WHEN)
    assert stands(note) == ("published", None)
    assert len(waiting_jobs("feed.welcome_note")) == 1
    forget_jobs()


@pytest.mark.django_db
@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "It could not be published at the time you chose."
            " 1 of the photos are still being prepared. Everything is kept.",
        ),
        ("zh-hans", "没能在你选的时间发布。"),
    ],
)
def test_a_photo_that_is_not_ready_leaves_a_draft_and_its_author_is_told(
    language: str, said: str
) -> None:
    ann = make_person(language=language)
    note = make_note(ann.pk, published=False)
    Upload.objects.filter(pk=note.photos.get().upload_id).update(state="processing", labels=[])
    plan(note)

    came_out = services.publish_scheduled(note_id=note.pk, now=WHEN + SOON)

    assert not came_out
    assert stands(note) == ("draft", None)
    [told] = Notification.objects.filter(person=ann)
    assert (told.kind, told.url) == ("notes.did_not_come_out", f"/n/{note.public_id}/edit")
    assert said in sign_in(ann).get("/notifications").content.decode()
