"""Videos on their way in: piece by piece over tus, by session and token, with quotas."""

import base64
import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
from meadow.core.testing import forget_jobs, race, waiting_jobs
from meadow.media.models import Arrival, Upload
from meadow.media.services import sweep_uploads
from meadow.media.testing import WHEN
from meadow.media.video.arrivals import append_piece, begin_video, give_up_video, sweep_arrivals
from meadow.media.video.errors import NotAVideo, TooManyUnfinished, VideoTooLarge, WrongOffset
from meadow.media.video.limits import limits
from meadow.media.video.queries import get_video_state
from meadow.media.video.testing import make_clip, make_video

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


def token_headers(person: Person) -> dict[str, str]:
    return {**TUS, "Authorization": f"Bearer {make_token(person, 'notes:write')}"}


def send(address: str, offset: int, piece: bytes, headers: dict[str, str]) -> Any:
    return Client().patch(
        address, piece, content_type=PIECE, headers={**headers, "Upload-Offset": str(offset)}
    )


def begin(person: Person, clip: bytes) -> Upload:
    return begin_video(owner_id=person.pk, total_bytes=len(clip), name="a.mp4", now=WHEN)


def put(upload: Upload, offset: int, piece: bytes, **more: Any) -> int:
    return append_piece(
        public_id=upload.public_id,
        owner_id=upload.owner_id,
        offset=offset,
        piece=io.BytesIO(piece),
        length=len(piece),
        now=WHEN,
        **more,
    )


def stored(upload: Upload) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"uploads/{upload.public_id}")[1])
    except FileNotFoundError:
        return []


@pytest.mark.django_db
def test_a_video_goes_up_in_pieces_and_on_after_a_break() -> None:
    forget_jobs()
    clip = make_clip()
    headers = token_headers(make_person())
    name = base64.b64encode("早上.mp4".encode()).decode()

    begun = Client().post(
        "/api/v1/videos",
        headers={**headers, "Upload-Length": str(len(clip)), "Upload-Metadata": f"filename {name}"},
    )
    address = begun["Location"]
    first = send(address, 0, clip[:5000], headers)
    again = send(address, 0, clip[:5000], headers)
    asked = Client().head(address, headers=headers)
    rest = send(address, int(asked["Upload-Offset"]), clip[5000:], headers)

    assert (begun.status_code, begun["Tus-Resumable"]) == (201, "1.0.0")
    assert (first.status_code, first["Upload-Offset"]) == (204, "5000")
    assert (again.status_code, again.json()["code"]) == (409, "media.wrong_offset")
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("5000", str(len(clip)))
    assert (rest.status_code, rest["Upload-Offset"]) == (204, str(len(clip)))
    said = Client().get(address, headers=headers).json()
    assert (said["state"], said["name"], said["arrived_bytes"]) == (
        "received",
        "早上.mp4",
        len(clip),
    )
    upload = Upload.objects.get(public_id=said["id"])
    assert waiting_jobs("media.check_video") == [{"upload_id": upload.pk}]


@pytest.mark.django_db
def test_a_piece_that_changed_on_its_way_is_not_kept() -> None:
    clip = make_clip()
    person = make_person()
    upload = begin(person, clip)
    headers = token_headers(person)
    address = f"/api/v1/videos/{upload.public_id}"
    good = base64.b64encode(hashlib.sha256(clip[:5000]).digest()).decode()

    def with_sum(piece: bytes) -> Any:
        return send(address, 0, piece, {**headers, "Upload-Checksum": f"sha256 {good}"})

    assert with_sum(b"x" + clip[1:5000]).status_code == 460
    assert stored(upload) == []
    assert with_sum(clip[:5000]).status_code == 204
    assert stored(upload) == ["piece-000000000000"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "x"}, 400),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Content-Type": "video/mp4"}, 415),
    ],
)
def test_headers_that_do_not_fit_are_named(given: dict[str, str], status: int) -> None:
    person = make_person()
    upload = begin(person, make_clip())
    headers = {"Upload-Offset": "0", "Content-Type": PIECE, **token_headers(person), **given}

    answer = Client().patch(
        f"/api/v1/videos/{upload.public_id}",
        b"abc",
        content_type=headers.pop("Content-Type"),
        headers=headers,
    )

    assert answer.status_code == status
    assert Arrival.objects.get(upload=upload).arrived == 0


@pytest.mark.django_db
def test_what_begins_like_something_else_is_refused_with_its_first_piece() -> None:
    person = make_person()
    upload = begin(person, bytes(100_000))

    with pytest.raises(NotAVideo):
        put(upload, 0, b"#EXTM3U\n" + bytes(9000))

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == ("failed", "media.not_a_video")
    assert stored(upload) == []
    said = get_video_state(public_id=upload.public_id, owner_id=person.pk).sentences
    assert said.startswith("What is inside this file is not an MP4")


@pytest.mark.django_db
def test_more_than_was_announced_or_than_fits_is_refused() -> None:
    person = make_person()
    clip = make_clip()
    upload = begin(person, clip)

    with pytest.raises(VideoTooLarge):
        put(upload, 0, clip + b"x")
    with pytest.raises(VideoTooLarge):
        begin_video(owner_id=person.pk, total_bytes=limits().most_bytes + 1, name="", now=WHEN)

    assert stored(upload) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_windows_three_begin_a_video() -> None:
    person = make_person()

    begun = race(
        lambda _n: begin_video(owner_id=person.pk, total_bytes=100, name="", now=WHEN), runners=8
    )

    refused = [one for one in begun if isinstance(one, TooManyUnfinished)]
    assert len(refused) == 5
    assert Upload.objects.filter(owner_id=person.pk, state="arriving").count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_of_one_piece_one_counts() -> None:
    clip = make_clip()
    upload = begin(make_person(), clip)

    sent = race(lambda _n: put(upload, 0, clip[:6000]), runners=6)

    assert sorted(type(one).__name__ for one in sent) == ["WrongOffset"] * 5 + ["int"]
    assert {one.params["expected"] for one in sent if isinstance(one, WrongOffset)} == {6000}
    assert default_storage.size(f"uploads/{upload.public_id}/piece-000000000000") == 6000


@pytest.mark.django_db
def test_nobody_else_can_ask_continue_or_remove() -> None:
    upload = begin(make_person(), make_clip())
    headers = token_headers(make_person())
    address = f"/api/v1/videos/{upload.public_id}"

    answers = [
        Client().get(address, headers=headers),
        Client().head(address, headers=headers),
        send(address, 0, b"abc", headers),
        Client().delete(address, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert Upload.objects.filter(pk=upload.pk, state="arriving").exists()


@pytest.mark.django_db
def test_giving_up_removes_all_of_it_but_not_from_a_note() -> None:
    clip = make_clip()
    upload = begin(make_person(), clip)
    put(upload, 0, clip[:5000])
    held = make_video(make_person().pk, attached=True)

    give_up_video(public_id=upload.public_id, owner_id=upload.owner_id)
    headers = token_headers(Person.objects.get(pk=held.owner_id))
    kept = Client().delete(f"/api/v1/videos/{held.public_id}", headers=headers)

    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert stored(upload) == []
    assert (kept.status_code, kept.json()["code"]) == (409, "media.video_in_use")
    assert "video.mp4" in stored(held)


@pytest.mark.django_db
def test_what_nobody_continues_for_a_day_is_swept() -> None:
    clip = make_clip()
    left, going = begin(make_person(), clip), begin(make_person(), clip)
    put(left, 0, clip[:5000])
    later = WHEN + dt.timedelta(hours=24, minutes=1)
    Arrival.objects.filter(upload=going).update(touched_at=later)

    assert sweep_arrivals(now=later) == 1

    left.refresh_from_db()
    assert (left.state, left.error_code) == ("failed", "media.video_abandoned")
    assert stored(left) == []
    sweep_uploads(now=later)
    assert not Upload.objects.filter(pk=left.pk).exists()
