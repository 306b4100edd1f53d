"""Regions stand where a reader of the language looks for them."""

from django.utils import translation

from meadow.accounts.regions import region_choices


def names(language: str) -> list[str]:
    with translation.override(language):
        return [name for _code, name in region_choices()]


def test_chinese_names_stand_by_pinyin() -> None:
    wanted = ["阿富汗", "德国", "梵蒂冈", "斐济", "芬兰", "马里", "南非", "瑙鲁", "尼泊尔", "中国"]

    assert [name for name in names("zh-hans") if name in wanted] == wanted


def test_english_names_stand_by_letter_whatever_the_accent() -> None:
    english = names("en")

    assert english.index("Åland Islands") == english.index("Albania") - 1
    assert english[-1] == "Zimbabwe"
