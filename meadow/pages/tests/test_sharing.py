"""What other sites are told and may frame: only what somebody signed out sees, at once."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.notes.models import Note
from meadow.notes.testing import make_board, make_note, make_topic, make_video_note
from meadow.pages import sitemaps

HOSTILE = '</script><script>alert("1")</script> & "quotes"'


def head_of(answer: Any) -> str:
    return str(answer.content.decode().partition("<body")[0])


@pytest.mark.django_db
def test_a_public_note_says_what_it_is_and_nothing_in_it_ends_the_script() -> None:
    note = make_note(make_person(handle="ann").pk, title=HOSTILE, body="Fog.\n\nRopes.")
    url = f"http://testserver/n/{note.public_id}"

    head = head_of(Client().get(f"/n/{note.public_id}"))
    [said] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head, re.S)

    found = json.loads(said)
    assert (found["@type"], found["headline"], found["url"]) == (
        "SocialMediaPosting",
        HOSTILE,
        url,
    )
    assert found["author"]["url"] == "http://testserver/@ann"
    assert f'<link rel="canonical" href="{url}"' in head
    assert '<meta property="og:description" content="Fog. Ropes."' in head
    assert "alert(" not in head.replace(said, "").replace("alert(&quot;1&quot;)", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"visibility": "private"},
        {"visibility": "followers"},
        {"hidden_at": "2026-05-02T00:00Z"},
        {"state": "deleted", "deleted_at": "2026-05-02T00:00Z"},
    ],
)
def test_what_is_taken_from_view_is_gone_from_embeds_at_once(change: dict[str, str]) -> None:
    ann = make_person()
    note = make_note(ann.pk, title="A secret harbour")
    asked = f"/oembed?url=http://testserver/n/{note.public_id}"
    for path in (f"/embed/n/{note.public_id}", asked):
        assert Client().get(path).status_code == 200

    Note.objects.filter(pk=note.pk).update(**change)

    for client in (Client(), sign_in(ann)):
        for path in (f"/embed/n/{note.public_id}", asked):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "secret harbour" not in answer.content.decode()
    own = sign_in(ann).get(f"/n/{note.public_id}")
    assert own.status_code == 404 or 'content="noindex"' in head_of(own)
    assert "og:title" not in head_of(own)


@pytest.mark.django_db
def test_only_the_embed_may_be_framed_and_it_sets_no_cookie() -> None:
    note = make_note(make_person().pk)

    framed = Client().get(f"/embed/n/{note.public_id}")
    page = Client().get(f"/n/{note.public_id}")

    assert "frame-ancestors *;" in framed["Content-Security-Policy"] + ";"
    assert "X-Frame-Options" not in framed
    assert framed.cookies == {}
    assert framed.content.decode().count("<script") == 1
    assert "js/embed" in framed.content.decode()
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("url=https://example.org/n/{note}", 404, "oembed.foreign"),
        ("url=http://testserver@example.org/n/{note}", 404, "oembed.foreign"),
        ("url=javascript://testserver/n/{note}", 404, "oembed.foreign"),
        ("url=http://testserver/topics", 404, "oembed.foreign"),
        ("url=http://[", 404, "oembed.foreign"),
        ("", 422, "invalid_input"),
        ("url=http://testserver/n/{note}&format=xml", 501, "oembed.only_json"),
        ("url=http://testserver/n/{note}&maxwidth=20", 422, "invalid_input"),
        ("url=http://testserver/n/{note}&maxheight=٣٠٠", 422, "invalid_input"),
    ],
)
def test_oembed_refuses_in_words(asked: str, status: int, code: str) -> None:
    note = make_note(make_person().pk)

    answer = Client().get(
        f"/oembed?{asked.format(note=note.public_id)}", headers={"accept": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.django_db
def test_oembed_keeps_within_the_width_it_is_given() -> None:
    note = make_note(make_person().pk, title='Fog "and" <ropes>')

    answer = (
        Client()
        .get(f"/oembed?url=http://testserver/n/{note.public_id}&maxwidth=300&maxheight=9999")
        .json()
    )

    assert (answer["type"], answer["width"], answer["height"]) == ("rich", 300, 640)
    assert f'src="http://testserver/embed/n/{note.public_id}" width="300"' in answer["html"]
    assert "&quot;and&quot; &lt;ropes&gt;" in answer["html"]


@pytest.mark.django_db
def test_a_video_note_names_its_film_and_a_frame_plays_it() -> None:
    note = make_video_note(make_person().pk)

    head = head_of(Client().get(f"/n/{note.public_id}"))
    [said] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head, re.S)
    film = json.loads(said)["video"]
    answer = Client().get(f"/embed/n/{note.public_id}")
    framed = answer.content.decode()

    assert f'<source src="{film["contentUrl"].removeprefix("http://testserver")}"' in framed
    assert 'srclang="en"' in framed
    assert "autoplay" not in framed
    assert "media-src 'self'" in answer["Content-Security-Policy"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert film["@type"] == "VideoObject"
    assert re.fullmatch(r"PT\d+\.\d{3}S", film["duration"])
    assert re.fullmatch(r"http://testserver/media/.*\.mp4", film["contentUrl"])
    assert film["thumbnailUrl"].removeprefix("http://testserver") in framed


@pytest.mark.django_db
def test_topics_profiles_and_boards_say_only_what_strangers_see() -> None:
    ann = make_person(handle="ann")
    note = make_note(ann.pk)
    make_topic("harbour", note)
    shown, own = make_board(ann.pk, note), make_board(ann.pk, note, is_public=False)

    for path, kind in (
        ("/t/harbour", "CollectionPage"),
        ("/@ann", "ProfilePage"),
        (f"/b/{shown.public_id}", "CollectionPage"),
    ):
        assert f'"@type": "{kind}"' in head_of(Client().get(path)), path
    assert "og:title" not in head_of(sign_in(ann).get(f"/b/{own.public_id}"))


def listed(path: str) -> list[str]:
    answer = Client().get(path)
    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex")
    return re.findall(r"<loc>http://testserver(.*?)</loc>", answer.content.decode())


@pytest.mark.django_db
def test_the_sitemap_lists_what_strangers_see_and_what_is_hidden_leaves_at_once() -> None:
    ann, bo = make_person(handle="ann"), make_person()
    note, private = make_note(ann.pk, title="Fog"), make_note(bo.pk)
    topic = make_topic("café & fog", note)
    make_topic("diary", private)
    Note.objects.filter(pk=private.pk).update(visibility="private")

    def file(section: str, pk: int) -> str:
        return f"/sitemap-{section}-{pk // sitemaps.IDS_A_FILE + 1}.xml"

    files = listed("/sitemap.xml")
    assert {file("notes", note.pk), file("people", bo.pk), file("topics", topic.pk)} <= set(files)
    assert listed(file("notes", note.pk)) == [f"/n/{note.public_id}"]
    assert listed(file("people", ann.pk)) == ["/@ann"]
    assert listed(file("topics", topic.pk)) == ["/t/caf%C3%A9%20&amp;%20fog"]

    first = Client().get(file("notes", note.pk))
    same = {"If-None-Match": first["ETag"]}
    assert Client().get(file("notes", note.pk), headers=same).status_code == 304
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    Person.objects.filter(pk=ann.pk).update(hidden_at="2026-05-02T00:00Z")
    assert Client().get(file("notes", note.pk), headers=same).status_code == 200
    for path in (file("notes", note.pk), file("people", ann.pk), file("topics", topic.pk)):
        assert listed(path) == []
    for path in ("/sitemap-notes-0.xml", file("notes", note.pk + 50_000), "/sitemap-drafts-1.xml"):
        assert Client().get(path).status_code == 404
    assert (
        "\nSitemap: http://testserver/sitemap.xml\n" in Client().get("/robots.txt").content.decode()
    )


@pytest.mark.django_db
def test_a_profile_is_shared_like_a_note_unless_it_is_hidden() -> None:
    ann = make_person(handle="ann")

    shown = Client().get("/@ann").content.decode()
    Person.objects.filter(pk=ann.pk).update(hidden_at="2026-05-02T00:00Z")
    own = sign_in(ann).get("/@ann").content.decode()

    assert 'id="share-link" value="http://testserver/@ann"' in " ".join(shown.split())
    assert "share-embed" not in shown
    assert "share-sheet" not in own
    assert "og:title" not in own
