"""The languages captions may be in, each by its own name."""

# BCP 47 tags, as <track srclang> takes them.
LANGUAGES = {
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "en": "English",
    "yue": "粵語",
    "ja": "日本語",
    "ko": "한국어",
    "vi": "Tiếng Việt",
    "th": "ไทย",
    "id": "Bahasa Indonesia",
    "ms": "Bahasa Melayu",
    "hi": "हिन्दी",
    "ar": "العربية",
    "ru": "Русский",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "it": "Italiano",
    "tr": "Türkçe",
    "nl": "Nederlands",
    "pl": "Polski",
    "uk": "Українська",
}


def caption_name(language: str) -> str:
    """Return a language's own name."""
    return LANGUAGES.get(language, language)
