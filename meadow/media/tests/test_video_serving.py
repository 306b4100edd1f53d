"""Serving videos: each address asks the rule, ranges are exact, captions are plain words."""

from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.media import access
from meadow.media.video.caption_text import (
    CaptionsEmpty,
    CaptionsNotText,
    CaptionsRefused,
    CaptionsTooLarge,
    CaptionsUnknown,
    CaptionsWrongLine,
    CaptionsWrongTime,
    CaptionTooLong,
    read_captions,
    write_webvtt,
)
from meadow.media.video.testing import make_video

NAMES = ("video.m3u8", "v360.m3u8", "v360.m4s", "video.mp4", "captions/en.vtt", "w640.webp")
SRT = "1\r\n00:00:00,500 --> 00:00:01,500\r\n<i>早上好</i> & <b>good morning</b>\r\n\r\n"
SRT += "2\n00:00:02,000 --> 00:00:03,000\nTwo\nlines\n"


@pytest.mark.django_db
def test_every_address_of_a_video_asks_the_rule_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    video = make_video(make_person().pk, captions=True)
    shown: set[int] = {video.pk}
    monkeypatch.setitem(access._rules, "note_video", lambda ids, _viewer: shown & set(ids))
    paths = [f"/media/{video.public_id}/{name}" for name in NAMES]

    seen = [Client().get(path).status_code for path in paths]
    shown.clear()
    after = [Client().get(path).status_code for path in paths]

    assert seen == [200] * 6
    assert after == [404] * 6


@pytest.mark.django_db
def test_its_owner_sees_a_video_that_nobody_else_does() -> None:
    ann = make_person()
    video = make_video(ann.pk)

    own = sign_in(ann).get(f"/media/{video.public_id}/video.m3u8")
    other = sign_in(make_person()).get(f"/media/{video.public_id}/video.m3u8")

    assert (own.status_code, other.status_code) == (200, 404)
    assert own["Content-Type"] == "application/vnd.apple.mpegurl"
    assert own["X-Content-Type-Options"] == "nosniff"
    assert own["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("bytes=0-9", 206, "bytes 0-9/2060"),
        ("bytes=2050-", 206, "bytes 2050-2059/2060"),
        ("bytes=-10", 206, "bytes 2050-2059/2060"),
        ("bytes=2050-99999", 206, "bytes 2050-2059/2060"),
        ("bytes=2060-", 416, "bytes */2060"),
        ("bytes=9-3", 416, "bytes */2060"),
        ("bytes=0-1,4-5", 200, None),
        ("pages=1-2", 200, None),
    ],
)
def test_a_range_is_exact(asked: str, status: int, said: str | None) -> None:
    ann = make_person()
    video = make_video(ann.pk)
    address = f"/media/{video.public_id}/v360.m4s"
    whole = sign_in(ann).get(address).getvalue()

    answer = sign_in(ann).get(address, headers={"range": asked})

    assert (answer.status_code, answer.get("Content-Range")) == (status, said)
    if status == 206 and said:
        first, last = (int(one) for one in said.split()[1].partition("/")[0].split("-"))
        assert answer.getvalue() == whole[first : last + 1]
        assert answer["Content-Length"] == str(last - first + 1)


def test_srt_becomes_webvtt_without_markup() -> None:
    cues = read_captions(SRT.encode())

    assert write_webvtt(cues) == (
        "WEBVTT\n"
        "\n00:00:00.500 --> 00:00:01.500\n早上好 &amp; good morning\n"
        "\n00:00:02.000 --> 00:00:03.000\nTwo\nlines\n"
    )
    assert read_captions(write_webvtt(cues).encode()) == cues


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", CaptionsUnknown),
        (b"<script>alert(1)</script>", CaptionsUnknown),
        (b"WEBVTT\n\n", CaptionsEmpty),
        (b"WEBVTT\n\n00:01 --> 00:02\nno\n", CaptionsWrongLine),
        (b"WEBVTT\n\n00:00:02.000 --> 00:00:01.000\nno\n", CaptionsWrongTime),
        (
            b"WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:01.000 --> 00:02.000\nb\n",
            CaptionsWrongTime,
        ),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"x" * 501, CaptionTooLong),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n早".encode("gb18030"), CaptionsNotText),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\x00\n", CaptionsNotText),
        (b"WEBVTT\n" + b" " * 300_000, CaptionsTooLarge),
    ],
)
def test_captions_that_cannot_be_read_say_why(content: bytes, kind: type[CaptionsRefused]) -> None:
    with pytest.raises(kind):
        read_captions(content)


def upload_captions(video: Any, person: Any, content: bytes, language: str = "en") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return Client().post(
        f"/api/v1/videos/{video.public_id}/captions",
        {"language": language, "file": SimpleUploadedFile("a.vtt", content)},
        headers={"Authorization": f"Bearer {make_token(person, 'notes:write')}"},
    )


@pytest.mark.django_db
def test_captions_are_added_replaced_listed_and_removed() -> None:
    ann = make_person()
    video = make_video(ann.pk)
    token = {"Authorization": f"Bearer {make_token(ann, 'notes:write')}"}
    base = f"/api/v1/videos/{video.public_id}"

    first = upload_captions(video, ann, SRT.encode(), "zh-Hans")
    second = upload_captions(video, ann, SRT.encode().replace(b"Two", b"Three"), "zh-Hans")
    unknown = upload_captions(video, ann, SRT.encode(), "xx")
    strange = upload_captions(video, make_person(), SRT.encode())
    beyond = upload_captions(video, ann, b"WEBVTT\n\n00:59.000 --> 01:00.000\nlate\n")
    served = sign_in(ann).get(f"/media/{video.public_id}/captions/zh-Hans.vtt")
    listed = Client().get(base, headers=token).json()["captions"]
    gone = Client().delete(f"{base}/captions/zh-Hans", headers=token)
    again = Client().delete(f"{base}/captions/zh-Hans", headers=token)

    assert [one.status_code for one in (first, second, unknown, strange, beyond)] == [
        *(200, 200, 422, 404, 422)
    ]
    assert served["Content-Type"] == "text/vtt; charset=utf-8"
    assert "Three\nlines" in served.content.decode()
    assert [(one["language"], one["name"], one["cues"]) for one in listed] == [
        ("zh-Hans", "简体中文", 2)
    ]
    assert (gone.status_code, again.status_code) == (204, 404)
