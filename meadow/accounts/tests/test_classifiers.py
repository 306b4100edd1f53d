"""A read across a block counts for nothing, whoever made the block."""

import pytest

from meadow.accounts.services import block_person, unblock_person
from meadow.accounts.testing import WHEN, make_person
from meadow.analytics.classifiers import Visit, classify_facts
from meadow.analytics.testing import make_fact

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.django_db(transaction=True)
def test_a_block_in_either_direction_makes_reads_invalid() -> None:
    reader, author, other = make_person(), make_person(), make_person()
    visit = Visit(reader.pseudonym, reader.pk, signed_in=True, user_agent=FIREFOX)
    facts = [make_fact(author_id=author.pk), make_fact(author_id=other.pk)]

    def reasons() -> list[str]:
        return [fact.reason for fact in classify_facts(facts, visit=visit)]

    assert reasons() == ["", ""]
    block_person(blocker_id=author.pk, blocked_id=reader.pk, now=WHEN)
    assert reasons() == ["blocked", ""]
    unblock_person(blocker_id=author.pk, blocked_id=reader.pk)
    assert reasons() == ["", ""]
    block_person(blocker_id=reader.pk, blocked_id=author.pk, now=WHEN)
    assert reasons() == ["blocked", ""]
