"""Block words and links as data: found whatever their width, case or disguise, and acted upon."""

from meadow.integrity.screening.guarding import act_on, check_words, screen

__all__ = ["act_on", "check_words", "screen"]
