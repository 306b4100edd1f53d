"""Who may look at a picture: the packages that show pictures register their rule here."""

from collections.abc import Callable, Collection

# A rule is handed upload ids and a person's id (None: signed out); it returns the ids they may see.
Rule = Callable[[Collection[int], int | None], set[int]]

_rules: dict[str, Rule] = {}
_lasting: set[str] = set()


def register(purpose: str, rule: Rule, *, lasting: bool = False) -> None:
    """Set the rule for uploads of one purpose; called in AppConfig.ready().

    `lasting`: what everybody may see once, everybody may see for good, so that caches may keep it.
    """
    _rules[purpose] = rule
    (_lasting.add if lasting else _lasting.discard)(purpose)


def is_lasting(purpose: str) -> bool:
    """Whether what everybody may see of this purpose is never taken back."""
    return purpose in _lasting


def visible_ids(*, purpose: str, upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which of `upload_ids` a person may see; without a rule, none."""
    rule = _rules.get(purpose)
    return rule(upload_ids, viewer_id) if rule else set()
