"""Decisions on pages: in words, with a receipt to keep, an appeal, and the queue of those who answer."""

import datetime as dt
import json

import pytest
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.decisions import queries
from meadow.decisions.models import Appeal
from meadow.decisions.receipts import verify
from meadow.decisions.testing import WHEN, WORDS, make_appeal, make_decision, make_decisions

pytestmark = pytest.mark.django_db
ANSWER = "You are right: the note was counted a day too early."
SOON = dt.timedelta(days=1)


def test_a_decision_is_told_in_words_with_values_rule_and_clock() -> None:
    ann = make_person()
    made = make_decision(ann, appeal_until=now() + SOON)

    page = sign_in(ann).get(f"/decisions/{made.public_id}").content.decode()

    for words in (
        "The example door",
        "Not admitted",
        "189 more followers are needed.",
        "4812",
        "of more than 5,000",
        "rule version 3",
        made.public_id,
        "Download the receipt",
        "What is wrong with this decision?",
        'href="/example#rule-3"',
        'href="/example/me"',
        f'href="/decisions/verify?of={made.public_id}"',
    ):
        assert words in page


def test_a_rule_s_version_is_said_by_its_number() -> None:
    ann = make_person()
    made = make_decision(ann, rule_version="creator-center.v12")

    page = sign_in(ann).get(f"/decisions/{made.public_id}").content.decode()

    assert ">rule version 12</a>" in page


def test_own_decisions_are_listed_and_somebody_without_any_is_told_what_will_be_here() -> None:
    ann, bo = make_person(), make_person()
    made = make_decision(ann)
    make_appeal(made)

    full = sign_in(ann).get("/decisions").content.decode()
    empty = sign_in(bo).get("/decisions").content.decode()

    assert f'href="/decisions/{made.public_id}"' in full
    assert "Appeal open" in full
    assert "Nothing was decided about you yet" in empty


def test_the_list_goes_on_where_it_ended() -> None:
    ann = make_person()
    ids = make_decisions(ann, 30)
    client = sign_in(ann)
    oldest = queries.get_decisions(ids)[ids[0]].public_id

    page = client.get("/decisions").content.decode()
    more = page.split('href="/decisions?cursor=')[1].split('"')[0]
    rest = client.get(f"/decisions?cursor={more}").content.decode()

    assert oldest not in page
    assert oldest in rest
    assert 'href="/decisions?cursor=' not in rest


def test_the_list_is_cut_by_program_and_outcome() -> None:
    ann = make_person()
    made = {
        (scope, outcome): make_decision(ann, scope=scope, outcome=outcome).public_id
        for scope in ("example/door", "example/window")
        for outcome in ("refused", "admitted")
    }
    client = sign_in(ann)

    def shown(query: str) -> set[tuple[str, str]]:
        page = client.get(f"/decisions?{query}").content.decode()
        return {key for key, name in made.items() if f'href="/decisions/{name}"' in page}

    assert shown("") == shown("scope=&outcome=") == set(made)
    assert shown("scope=example/door") == {k for k in made if k[0] == "example/door"}
    assert shown("outcome=admitted") == {k for k in made if k[1] == "admitted"}
    assert shown("scope=example/door&outcome=refused") == {("example/door", "refused")}
    nothing = client.get("/decisions?outcome=nowhere").content.decode()
    assert "No decision fits" in nothing
    assert 'href="/decisions"' in nothing


def test_a_cut_list_stays_cut_on_its_next_page() -> None:
    ann = make_person()
    make_decisions(ann, 30)
    make_decision(ann, scope="example/window")
    client = sign_in(ann)

    page = client.get("/decisions?scope=example/door").content.decode()
    more = page.split('href="/decisions?scope=example%2Fdoor&amp;cursor=')[1].split('"')[0]
    rest = client.get(f"/decisions?scope=example/door&cursor={more}").content.decode()

    assert page.count('class="link font-semibold"') == 24
    assert rest.count('class="link font-semibold"') == 6
    assert '<option value="example/door" selected>' in rest


def test_what_cannot_be_told_apart_is_not_offered_to_be_cut() -> None:
    ann = make_person()
    make_decisions(ann, 3)

    assert "<select" not in sign_in(ann).get("/decisions").content.decode()


def test_the_lists_take_few_queries_however_long(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    make_decisions(ann, 20)
    for _ in range(5):
        make_appeal(make_decision(make_person()))
    own, keeper = sign_in(ann), sign_in(moderator)

    # Session and person, what the frame asks for, and one for the list.
    with django_assert_max_num_queries(5):
        own.get("/decisions")
    with django_assert_max_num_queries(6):
        keeper.get("/operator/appeals")


def test_the_receipt_comes_as_a_file_that_holds() -> None:
    ann = make_person()
    made = make_decision(ann)

    answer = sign_in(ann).get(f"/decisions/{made.public_id}/receipt.json")

    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="meadow-{made.public_id}.json"'
    assert verify(json.loads(answer.content), keys=queries.public_keys()).valid


def test_an_appeal_is_opened_on_the_page_and_its_answer_read_there() -> None:
    ann, moderator = make_person("ann"), make_person(role="moderator")
    made = make_decision(ann, appeal_until=now() + SOON)
    own, keeper = sign_in(ann), sign_in(moderator)
    path = f"/decisions/{made.public_id}"

    short = own.post(f"{path}/appeal", {"words": "Please."})
    opened = own.post(f"{path}/appeal", {"words": WORDS})
    waiting = own.get(path).content.decode()
    appeal = Appeal.objects.get()
    queue = keeper.get("/operator/appeals").content.decode()
    form = keeper.get(f"/operator/appeals/{appeal.public_id}").content.decode()
    answered = keeper.post(
        f"/operator/appeals/{appeal.public_id}", {"verdict": "grant", "words": ANSWER}
    )
    after = own.get(path).content.decode()

    assert short.status_code == 422
    assert "at least 20 characters" in short.content.decode()
    assert (opened.status_code, opened["Location"]) == (302, path)
    assert "Waits for an answer" in waiting
    assert "What is wrong with this decision?" not in waiting
    assert f'href="/operator/appeals/{appeal.public_id}"' in queue
    assert "What @ann says" in form
    assert WORDS in form
    assert (answered.status_code, answered["Location"]) == (302, "/operator/appeals")
    assert ANSWER in after
    assert "Appeal granted" in after
    assert keeper.get("/operator/appeals").content.decode().count("No appeal waits") == 1
    assert "Granted" in keeper.get("/operator/appeals?state=answered").content.decode()


def test_an_overdue_appeal_is_marked() -> None:
    late = make_appeal(make_decision(make_person()))
    fresh = make_appeal(make_decision(make_person(), appeal_until=now() + SOON), now=now())
    keeper = sign_in(make_person(role="moderator"))

    page = keeper.get("/operator/appeals").content.decode()

    assert page.index(late.public_id) < page.index(fresh.public_id)
    assert page.count("Overdue") == 1
    assert "Overdue" in keeper.get(f"/operator/appeals/{late.public_id}").content.decode()


def test_who_decided_is_shown_the_appeal_and_no_form() -> None:
    operator = make_person(role="operator")
    decision = make_decision(make_person(), decided_by=f"operator:{operator.public_id}")
    appeal = make_appeal(decision)
    client = sign_in(operator)

    page = client.get(f"/operator/appeals/{appeal.public_id}").content.decode()
    tried = client.post(
        f"/operator/appeals/{appeal.public_id}", {"verdict": "refuse", "words": ANSWER}
    )

    assert "You cannot answer this appeal" in page
    assert 'name="verdict"' not in page
    assert tried.status_code == 422
    assert Appeal.objects.get().state == "open"


def test_the_time_to_appeal_being_over_is_said() -> None:
    ann = make_person()
    made = make_decision(ann, appeal_until=WHEN)

    page = sign_in(ann).get(f"/decisions/{made.public_id}").content.decode()

    assert "An appeal was possible until" in page
    assert "What is wrong with this decision?" not in page


def test_only_those_who_keep_order_are_offered_the_queue() -> None:
    member = sign_in(make_person()).get("/decisions").content.decode()
    keeper = sign_in(make_person(role="moderator")).get("/decisions").content.decode()

    assert "/operator/appeals" not in member
    assert "/operator/appeals" in keeper


def test_the_pages_are_chinese_for_chinese_readers(words: None) -> None:
    ann = make_person(language="zh-hans")
    made = make_decision(ann, appeal_until=now() + SOON)

    page = sign_in(ann).get(f"/decisions/{made.public_id}").content.decode()

    for said in ("下载凭证", "这个决定有什么不对"):
        assert said in page
