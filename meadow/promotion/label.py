"""What a place that was paid for is called: the same word on cards, notes, frames and in the API."""

from django.conf import settings
from django.utils.translation import get_language, pgettext


def sponsored_label() -> str:
    """Return the label in the active language: what the region's law asks for, where it was configured."""
    configured: dict[str, str] = settings.SPONSORED_LABELS
    return configured.get(get_language() or "en") or pgettext("label", "Sponsored")
