"""The notes, and the questions, of the search bench: the same every time for a number of notes.

Six notes in ten are Chinese. Words are drawn from a Zipf distribution (exponent 1), so that the most common
stands in hundreds of thousands of a million notes and most stand in few; Chinese ones are pairs of
characters that the segmenter's dictionary knows, English ones are put together of syllables. Each planted
note has two words of its own choice together in its title, which is what is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

AUTHORS: Final = 5_000
CHUNK: Final = 20_000
CHINESE_SHARE: Final = 0.6
VIDEO_SHARE: Final = 0.15
VOCABULARY: Final = 20_000
TITLE_WORDS, BODY_WORDS = 4, 16
PLANTED: Final = 300
# How common the words of a question are, by their places in the vocabulary: the first stands in more than
# a third of the notes of its language, the two-thousandth in one of a thousand.
RARE, TYPICAL, COMMON = (2_000, 12_000), (60, 2_000), (0, 20)
EACH: Final = 60
# Slips as input methods make them: another word of the same sound, or of nearly the same.
HOMOPHONES: Final = (
    ("露营", "路营"), ("咖啡", "咖非"), ("蛋糕", "蛋高"), ("旅行", "旅形"), ("护肤", "护服"),
    ("早餐", "早参"), ("摄影", "摄景"), ("手机", "手鸡"), ("海边", "海编"),
    ("火锅", "火过"), ("健身", "建身"), ("减肥", "减非"), ("面包", "面苞"), ("瑜伽", "瑜加"),
    ("家具", "家巨"), ("装修", "装休"), ("口红", "口洪"), ("粉底", "粉低"), ("裙子", "群子"),
    ("帐篷", "帐朋"), ("烧烤", "烧考"), ("奶茶", "乃茶"), ("寿司", "受司"), ("甜品", "田品"),
    ("宠物", "宠务"), ("猫咪", "猫眯"), ("花园", "花元"), ("阳台", "阳抬"), ("书店", "书电"),
    ("电影", "店影"), ("音乐", "音月"), ("吉他", "吉它"), ("跑步", "跑部"), ("滑雪", "华雪"),
    ("温泉", "温全"), ("民宿", "民速"), ("机票", "机飘"), ("酒店", "酒电"), ("地铁", "地贴"),
)  # fmt: skip
_SYLLABLES: Final = tuple(
    str.split(
        "ba be bi bo bra can car cor da den dil do el en fa fer fin ga gen gra ha hel in jo ka ken "
        "la lem li lo ma men mi mon na nor or pa pel pi por ra ren ri ro sa sel si sta ta ten ti tor "
        "ul va ven vi wa"
    )
)


@dataclass(frozen=True)
class Plant:
    """A note that was planted: the two words of its title, and a slip of the second."""

    note_id: int
    words: tuple[str, str]
    slip: str
    chinese: bool


@cache
def chinese_words() -> list[str]:
    """Return words of two characters, in an order that decides how common each is."""
    import rjieba

    dice = np.random.default_rng(1)
    level = [
        bytes((high, low)).decode("gb2312")
        for high in range(0xB0, 0xD7)
        for low in range(0xA1, 0xFF)
    ]
    some = dice.choice(level, 900, replace=False)
    pairs = [one + other for one in some for other in some]
    taken = {word for word, _ in HOMOPHONES}
    known = [word for word in pairs if rjieba.has_word(word) and word not in taken]
    order = dice.permutation(len(known))[:VOCABULARY]
    return [known[place] for place in order]


@cache
def english_words() -> list[str]:
    """Return made-up words, in an order that decides how common each is."""
    dice = np.random.default_rng(2)
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        count = int(dice.integers(2, 5))
        words["".join(dice.choice(_SYLLABLES, count))] = None
    return list(words)


def ranks(dice: np.random.Generator, count: int, size: int) -> NDArray[np.int64]:
    """Return `count` places below `size`, the first the most common (Zipf, exponent 1)."""
    weights = 1.0 / np.arange(1, size + 1)
    return np.searchsorted(np.cumsum(weights) / weights.sum(), dice.random(count)).astype(np.int64)


def plants(notes: int) -> list[Plant]:
    """Return what is planted among so many notes."""
    dice = np.random.default_rng(3)
    made = []
    for number in range(PLANTED):
        note_id = 1 + number * (notes // PLANTED)
        chinese = number % 2 == 0
        if chinese:
            word, slip = HOMOPHONES[number // 2 % len(HOMOPHONES)]
            first = chinese_words()[300 + number]
        else:
            word = next(one for one in english_words()[900 + 20 * number :] if len(one) >= 6)
            slip, first = make_slip(word, dice), english_words()[400 + number]
        made.append(Plant(note_id, (first, word), slip, chinese))
    return made


def make_slip(word: str, dice: np.random.Generator) -> str:
    """Return a word with a letter swapped with the next, left out, doubled or wrong; the first stays."""
    at = int(dice.integers(1, len(word) - 1))
    kind = int(dice.integers(4))
    if kind == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + ("x" if word[at] != "x" else "z") + word[at + 1 :]


def chunks(notes: int) -> Iterator[dict[str, Any]]:
    """Yield the notes, the oldest first: columns id, author, title, body, age in days, likes, video."""
    planted = {plant.note_id: plant for plant in plants(notes)}
    words = (english_words(), chinese_words())
    each = TITLE_WORDS + BODY_WORDS
    for start in range(1, notes + 1, CHUNK):
        dice = np.random.default_rng(start)
        count = min(CHUNK, notes + 1 - start)
        chinese = dice.random(count) < CHINESE_SHARE
        places = ranks(dice, count * each, VOCABULARY).reshape(count, each)
        titles, bodies = [], []
        for number in range(count):
            plant = planted.get(start + number)
            han = plant.chinese if plant else bool(chinese[number])
            vocabulary, glue = words[han], "" if han else " "
            said = [vocabulary[place % len(vocabulary)] for place in places[number].tolist()]
            if plant:
                said[:2] = plant.words
            titles.append(glue.join(said[:TITLE_WORDS])[:60])
            # Chinese is written with commas now and then, else the segmenter meets no edges at all.
            body = said[TITLE_WORDS:]
            bodies.append("，".join(glue.join(body[at : at + 4]) for at in range(0, len(body), 4)))
        yield {
            "id": np.arange(start, start + count),
            "author": dice.integers(1, AUTHORS + 1, count),
            "title": titles,
            "body": bodies,
            "age": 720 * (1 - np.arange(start, start + count) / notes) ** 2,
            "video": dice.random(count) < VIDEO_SHARE,
            "likes": np.minimum(100_000, (1 - dice.random(count)) ** (-1 / 1.2) - 1).astype(int),
        }


def questions(notes: int) -> dict[str, list[str]]:
    """Return questions by class, as many in Chinese as in English, the same every time."""
    dice = np.random.default_rng(4)

    def words(han: bool, *bounds: tuple[int, int]) -> list[str]:
        vocabulary = chinese_words() if han else english_words()
        places = [int(dice.integers(low, min(high, len(vocabulary)))) for low, high in bounds]
        return [vocabulary[place] for place in places]

    def said(*bounds: tuple[int, int]) -> list[str]:
        return [
            ("" if han else " ").join(words(han, *bounds)) for han in (True, False) * (EACH // 2)
        ]

    slipped = [
        HOMOPHONES[number // 2 % len(HOMOPHONES)][1] if number % 2 else _long_slip(dice)
        for number in range(EACH)
    ]
    return {
        "one typical word": said(TYPICAL),
        "one rare word": said(RARE),
        "one of the most common": said(COMMON),
        "two typical words": said(TYPICAL, TYPICAL),
        "a common and a typical": said(COMMON, TYPICAL),
        "three words": said(TYPICAL, RARE, TYPICAL),
        "mis-typed": slipped,
        "as in a title": [("" if one.chinese else " ").join(one.words) for one in plants(notes)][
            :EACH
        ],
    }


def beginnings() -> list[str]:
    """Return what stands in the box while somebody types: one letter, some letters, most of a word."""
    dice = np.random.default_rng(5)
    typed = []
    for number in range(EACH):
        han = number % 2 == 0
        vocabulary = chinese_words() if han else english_words()
        word = vocabulary[int(dice.integers(*TYPICAL))]
        typed.append(word[: 1 if han else 1 + number // 2 % 5])
    return typed


def _long_slip(dice: np.random.Generator) -> str:
    words = english_words()
    while len(word := words[int(dice.integers(*TYPICAL))]) < 6:
        pass
    return make_slip(word, dice)
