"""What /readyz says of promotion: whether reviews, pacing and charging keep up."""

from meadow.core import clock
from meadow.core.health import Worrying
from meadow.promotion.queries.health import list_troubles
from meadow.promotion.queries.rules import newest_rule


def promotion_version() -> str:
    """Return the version of the rule. Raises Worrying where something waits longer than it should.

    That keeps nobody from reading, so the site stays ready.
    """
    troubles = list_troubles(now=clock.now())
    if troubles:
        raise Worrying(", ".join(f"{one.kind}: {one.count}" for one in troubles))
    return f"rule {newest_rule().number}"
