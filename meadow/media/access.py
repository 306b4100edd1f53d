"""Who may look at a picture: the packages that show pictures register their rule here."""

from collections.abc import Callable, Collection

# A rule is handed upload ids and a person's id (None: signed out); it returns the ids they may see.
Rule = Callable[[Collection[int], int | None], set[int]]

_rules: dict[str, Rule] = {}


def register(purpose: str, rule: Rule) -> None:
    """Set the rule for uploads of one purpose; called in AppConfig.ready()."""
    _rules[purpose] = rule


def visible_ids(*, purpose: str, upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which of `upload_ids` a person may see; without a rule, none."""
    rule = _rules.get(purpose)
    return rule(upload_ids, viewer_id) if rule else set()
