"""Which pictures `meadow screens` takes: of what, for whom, on which screen."""

from dataclasses import dataclass
from typing import Final, Literal

Trait = Literal["phone", "dark", "crowd"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture; `path` may name {handle}, {note}, {own} and {busy} of its language.

    `who` signs in: the handle of an account of the demo, "{handle}" or nobody. `crowd` is a
    picture that wants readers first.
    """

    name: str
    english: str
    chinese: str
    path: str
    who: str = ""
    traits: tuple[Trait, ...] = ()

    def words(self, language: str) -> str:
        """Return what the picture shows, in `en` or `zh`."""
        return self.chinese if language == "zh" else self.english


AUTHOR: Final = "{handle}"
OPERATOR: Final = "warden"
# Whose account a language is shown with, and notes of the demo by key.
CAST: Final = {
    "en": {"handle": "nora_field", "note": "pier", "own": "meadow-patch", "locale": "en-GB"},
    "zh": {"handle": "lin_yu", "note": "dolphin", "own": "maple", "locale": "zh-CN"},
}
_WHY: Final = "/programs/creator-center/me"
_STUDIO_NOTE: Final = "/studio/notes/{own}?period=7"
_FACTS: Final = "/studio/facts?metric=reads_raw&period=7"
_ORDER_FORM: Final = "/promote/new?note={own}"
_DRY_RUN: Final = "/operator/programs/creator-center/rules/1/dry-run"

SHOTS: Final = (
    Shot("hot", "Hot on a desktop", "桌面上的热门", "/"),
    Shot("hot-phone", "Hot on a phone, at night", "手机上的热门，夜间", "/", "", ("phone", "dark")),
    Shot("note", "A note", "一篇笔记", "/n/{note}"),
    Shot("note-phone", "A note on a phone", "手机上的一篇笔记", "/n/{note}", "", ("phone",)),
    Shot("profile", "A profile", "个人主页", "/@{handle}", AUTHOR),
    Shot("editor", "The editor", "编辑笔记", "/n/{own}/edit", AUTHOR),
    Shot("settings", "Settings, at night", "设置，夜间", "/settings/profile", AUTHOR, ("dark",)),
    Shot("programs", "The programs of a community", "社区里的计划", "/programs", AUTHOR),
    Shot("why", "Why am I in or out?", "我为什么在，或不在？", _WHY, AUTHOR),
    Shot(
        "why-phone",
        "Why am I in or out? On a phone at night",
        "我为什么在，或不在？手机上，夜间",
        _WHY,
        "reader",
        ("phone", "dark"),
    ),
    Shot("dry-run", "What a rule would do", "规则生效前的试算", _DRY_RUN, OPERATOR),
    Shot(
        "reads",
        "The author's own note, its reads counting live",
        "作者看自己的笔记，阅读数实时变化",
        "/n/{own}",
        AUTHOR,
        ("crowd",),
    ),
    Shot("studio", "The Studio of a creator", "创作中心", "/studio?period=7", AUTHOR, ("crowd",)),
    Shot(
        "studio-note-phone",
        "One note in the Studio, on a phone at night",
        "手机上的单篇数据，夜间",
        _STUDIO_NOTE,
        AUTHOR,
        ("phone", "dark", "crowd"),
    ),
    Shot(
        "order", "Ordering reach for a note", "为一篇笔记下推广单", _ORDER_FORM, AUTHOR, ("crowd",)
    ),
    Shot(
        "order-phone",
        "Ordering reach on a phone, at night",
        "手机上下推广单，夜间",
        _ORDER_FORM,
        AUTHOR,
        ("phone", "dark", "crowd"),
    ),
    Shot("facts", "The facts behind a number", "一个数字背后的事实", _FACTS, AUTHOR, ("crowd",)),
)
