"""Text: topics and mentions are found as people write them, and nothing but our tags gets out."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.notes.text import (
    clean_line,
    clean_text,
    find_mentions,
    find_topics,
    render_body,
    render_line,
    split_text,
    topic_slug,
)

TAG = re.compile(r"<[^>]*>")
ALLOWED_TAG = re.compile(
    r'</?p>|<br>|</a>|<a (class="topic-chip" )?href="[^"<>]*" rel="nofollow ugc noopener">'
)
# Characters that mean something to the parser or to a browser come often.
tricky = st.text(
    alphabet=st.one_of(
        st.sampled_from("#@<>&\"'/:. \n_aA1露营é"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=120,
)
pieces = st.lists(
    st.sampled_from(
        [
            "#露营",
            "#露营#",
            "@ann",
            "https://example.org/a?b=1&c=2",
            "<script>alert(1)</script>",
            "javascript:alert(1)",
            "<img src=x onerror=alert(1)>",
            '"><svg onload=alert(1)>',
            "&lt;b&gt;",
            "\n\n",
            " ",
            "今天",
            "https://a.b/<script>",
            "#",
            "@",
        ]
    ),
    max_size=14,
).map("".join)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#露营 走吧", ["露营"]),
        ("#露营#今天去", ["露营"]),
        ("今天#露营 很好", ["露营"]),
        ("#露营##爬山#", ["露营", "爬山"]),
        ("#camping, #Hiking!", ["camping", "Hiking"]),
        ("#café_2024", ["café_2024"]),
        ("#a#b", ["a"]),
        ("C#sharp and A#1", []),
        ("#1 is not a topic, #2nd is", ["2nd"]),
        ("# heading ## other", []),
        ("https://example.org/#top", []),
        ("&#39;", []),
        ("#露营，#爬山。", ["露营", "爬山"]),
        ("#हिन्दी", ["हिन्दी"]),
        ("#" + "長" * 40, ["長" * 40]),
        ("#" + "長" * 41, []),
        ("@ann #trip", ["trip"]),
    ],
)
def test_topics_are_found_as_people_write_them(text: str, names: list[str]) -> None:
    assert list(find_topics(text).values()) == names


def test_a_topic_is_one_whatever_its_case_and_width() -> None:
    assert find_topics("#Camping #camping #ＣＡＭＰＩＮＧ") == {"camping": "Camping"}


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@ann hello", ["ann"]),
        ("你好@ann，@Bob_1", ["ann", "Bob_1"]),
        ("@Ann and @ann", ["ann"]),
        ("mail ann@example.org", []),
        ("https://example.org/@ann", []),
        ("@ab @" + "x" * 31, []),
        ("(@ann)", ["ann"]),
        ("@@ann", []),
    ],
)
def test_mentions_are_found_but_not_in_addresses(text: str, handles: list[str]) -> None:
    assert find_mentions(text) == handles


@given(tricky | pieces)
def test_the_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in split_text(text)) == text


@given(tricky | pieces)
def test_no_markup_but_ours_ever_gets_out(text: str) -> None:
    for rendered in (render_body(text, handles={"ann"}), render_line(text, handles={"ann"})):
        assert all(ALLOWED_TAG.fullmatch(tag) for tag in TAG.findall(rendered)), rendered
        assert "<" not in TAG.sub("", rendered)
        for address in re.findall(r'href="([^"]*)"', rendered):
            assert html.unescape(address).startswith(("http://", "https://", "/@ann", "/t/"))


@given(tricky | pieces)
def test_every_visible_character_survives_rendering(text: str) -> None:
    shown = html.unescape(TAG.sub("", render_line(clean_text(text), handles={"ann"})))

    wanted = clean_text(text).replace("\n", "")
    # A closing # is the topic's own bracket and is not shown.
    assert shown.replace("#", "") == wanted.replace("#", "")


@given(tricky)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert "\n" not in clean_line(text)


@given(tricky)
def test_a_slug_is_its_own_slug(text: str) -> None:
    assert topic_slug(topic_slug(text)) == topic_slug(text)


@given(st.lists(st.sampled_from(["露营", "hike", "Café", "x_1"]), max_size=6))
def test_topics_written_apart_are_all_found(names: list[str]) -> None:
    text = " ".join(f"#{name}" for name in names)

    assert list(find_topics(text)) == list(dict.fromkeys(topic_slug(name) for name in names))


def test_a_body_becomes_paragraphs_links_and_chips() -> None:
    text = "Hi @Ann & @nobody\n#露营# see https://example.org/a?b=1&c=2.\n\nSecond"

    rendered = render_body(text, handles={"ann"})

    assert rendered == (
        '<p>Hi <a href="/@Ann" rel="nofollow ugc noopener">@Ann</a> &amp; @nobody<br>'
        '<a class="topic-chip" href="/t/%E9%9C%B2%E8%90%A5" rel="nofollow ugc noopener">'
        "#露营</a> see "
        '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener">'
        "https://example.org/a?b=1&amp;c=2</a>.</p><p>Second</p>"
    )


def test_an_address_ends_where_chinese_begins() -> None:
    rendered = render_line("看https://example.org/a，很好", handles=set())

    assert 'href="https://example.org/a"' in rendered
    assert rendered.endswith("</a>，很好")


def test_controls_and_direction_overrides_are_dropped_and_emoji_kept() -> None:
    assert clean_line("a\x00b\x07\u202ec\td\n e") == "abc d e"
    assert clean_text("👩‍🌾 a\r\n\r\n\r\n\r\nb \n") == "👩‍🌾 a\n\nb"
