"""Names, titles, words and comments of simulated people: enough that pages look like pages."""

from typing import Final

import numpy as np

# In the order of distributions.TOPIC_COUNTS.
TOPIC_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "zh": (
        *("穿搭", "家常菜", "咖啡", "旅行", "护肤", "读书", "手工", "园艺"),
        *("猫", "摄影", "跑步", "收纳", "烘焙", "电影", "露营", "绘画"),
        *("陶艺", "骑行", "音乐", "编织", "植物", "徒步", "古着", "观鸟"),
    ),
    "en": (
        *("outfits", "homecooking", "coffee", "travel", "skincare", "reading", "handmade"),
        *("gardening", "cats", "photography", "running", "tidying", "baking", "films"),
        *("camping", "painting", "ceramics", "cycling", "music", "knitting", "plants"),
        *("hiking", "vintage", "birding"),
    ),
}
TITLES: Final[dict[str, tuple[str, ...]]] = {
    "zh": (
        *(
            "{topic}入门：我犯过的三个错",
            "周末的{topic}小记",
            "这个月最爱的{topic}",
            "{topic}清单，请收好",
        ),
        *(
            "第一次认真对待{topic}",
            "{topic}一年，有什么变了",
            "邻居教我的{topic}",
            "雨天适合{topic}",
        ),
        *("十分钟{topic}", "{topic}要花多少钱", "慢慢来的{topic}", "把{topic}变简单"),
    ),
    "en": (
        *("Three mistakes I made with {topic}", "Notes on {topic}, one weekend"),
        *(
            "My favourite {topic} this month",
            "A short list for {topic}",
            "Taking {topic} seriously",
        ),
        *(
            "A year of {topic}",
            "What my neighbour taught me about {topic}",
            "{topic} on a rainy day",
        ),
        *(
            "Ten minutes of {topic}",
            "What {topic} really costs",
            "Slow {topic}",
            "{topic}, made simple",
        ),
    ),
}
BODIES: Final[dict[str, tuple[str, ...]]] = {
    "zh": (
        "记下来给以后的自己，也给刚开始的你。\n\n#{topic} #{second}",
        "没有什么秘诀，只是多试了几次。\n\n#{topic} #{second}",
        "照片是今天早上拍的，光正好。\n\n#{topic} #{second}",
    ),
    "en": (
        "Written down for myself later, and for you who are starting.\n\n#{topic} #{second}",
        "There is no secret; I just tried more than once.\n\n#{topic} #{second}",
        "The picture is from this morning, when the light was right.\n\n#{topic} #{second}",
    ),
}
COMMENTS: Final = (
    *(
        "收藏了，周末试试。",
        "这个角度真好看。",
        "请问在哪里？",
        "学到了，谢谢！",
        "和我想的一样。",
        "期待下一篇。",
    ),
    *(
        "Saved for the weekend.",
        "Lovely light.",
        "Where is this?",
        "I learned something, thank you.",
    ),
    *("Exactly my experience.", "Looking forward to the next one."),
)
GIVEN: Final = (
    *(
        "lin",
        "mei",
        "hao",
        "yun",
        "rui",
        "jia",
        "nan",
        "tao",
        "xue",
        "bo",
        "qing",
        "wen",
        "an",
        "yi",
    ),
    *(
        "nora",
        "theo",
        "ines",
        "owen",
        "lena",
        "hugo",
        "maya",
        "ivan",
        "rosa",
        "felix",
        "ada",
        "otto",
    ),
)
FAMILY: Final = (
    *("zhao", "chen", "zhou", "wu", "xu", "sun", "gao", "luo", "song", "tang", "han", "shen"),
    *("field", "hill", "brook", "reed", "moor", "lane", "marsh", "ford", "wood", "dale"),
)
BIOS: Final = {
    "creator": "A simulated creator.",
    "fan": "A simulated reader.",
    "bought": "A simulated reader.",
}


def make_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return a name for each person, such as `Mei Field`."""
    given = rng.integers(0, len(GIVEN), count)
    family = rng.integers(0, len(FAMILY), count)
    return [
        f"{GIVEN[a].title()} {FAMILY[b].title()}"
        for a, b in zip(given.tolist(), family.tolist(), strict=True)
    ]


def make_titles(
    topics: list[int], seconds: list[int], languages: list[str], rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Return a title and a body for each note, in its author's language, naming its topics."""
    picks = rng.integers(0, 1 << 30, (len(topics), 2)).tolist()
    titles, bodies = [], []
    for topic, second, language, (a, b) in zip(topics, seconds, languages, picks, strict=True):
        names = TOPIC_NAMES[language]
        words = {"topic": names[topic], "second": names[second]}
        title = TITLES[language][a % len(TITLES[language])].format(**words)
        titles.append(title[0].upper() + title[1:])
        bodies.append(BODIES[language][b % len(BODIES[language])].format(**words))
    return titles, bodies
