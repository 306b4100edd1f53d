"""What a program asks and limits, changed by operators: questions and the steps of a pilot."""

from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.programs.errors import PilotInvalid, PilotNarrowed, QuestionsInvalid
from meadow.programs.models import Application, ChangeLog, Marked, Program
from meadow.programs.operator.editor import walk
from meadow.programs.operator.steps import from_pilot, from_post, to_pilot
from meadow.programs.pilots import read_pilot, steps_of
from meadow.programs.queries import program_page
from meadow.programs.queries.operating import label_questions
from meadow.programs.services.applications import apply
from meadow.programs.services.pilots import change_pilot
from meadow.programs.services.questions import change_questions
from meadow.programs.testing import FOLLOWERS, make_program
from meadow.programs.tests.people import DAY, NOW, ask, look, make_followed, state_of

pytestmark = pytest.mark.django_db
BENCH = "/operator/programs/garden"
WHY = {"key": "why", "label": {"en": "Why?", "zh-hans": "为什么？"}}
LIVE = "live.broadcast"
GRADUATION = {"all": [{**FOLLOWERS["all"][0], "threshold": 50}]}


@pytest.fixture
def client() -> Client:
    return sign_in(make_person("the_operator", role="operator"))


def ask_for(*questions: Any) -> None:
    change_questions(slug="garden", questions=list(questions), operator_id=7, now=NOW)


def pilot_of(*steps: Any) -> None:
    change_pilot(slug="garden", pilot=list(steps), operator_id=7, now=NOW)


def step(days: int, minutes: int | None = None, **more: Any) -> dict[str, Any]:
    return {"days": days, "limits": {"minutes_a_day": minutes} if minutes else {}, **more}


def make_pilot(*steps: dict[str, Any]) -> Program:
    Program.objects.filter(capability=LIVE).update(capability="live.elsewhere")
    return make_program(capability=LIVE, pilot=list(steps))


def test_questions_are_kept_whole_and_the_log_has_both_lists() -> None:
    program = make_program(admission="application", questions=[WHY])

    ask_for(WHY, {"key": "pace", "label": {"en": "Pace?"}, "options": ["Slow", "Fast"]})

    program.refresh_from_db()
    assert program.questions == [
        {**WHY, "max_length": 2000, "required": True, "options": []},
        {
            "key": "pace",
            "label": {"en": "Pace?"},
            "max_length": 2000,
            "required": True,
            "options": ["Slow", "Fast"],
        },
    ]
    line = ChangeLog.objects.get(program=program)
    assert (line.kind, line.before, line.after) == ("questions", [WHY], program.questions)
    ask_for(*program.questions)
    assert ChangeLog.objects.filter(program=program).count() == 1


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ({**WHY, "key": "Why"}, "0.key"),
        ({**WHY, "key": "w" * 41}, "0.key"),
        ({**WHY, "label": {}}, "0.label"),
        ({**WHY, "label": {"en": "w" * 201}}, "0.label"),
        ({**WHY, "label": {"fr": "Pourquoi ?"}}, "0.label"),
        ({**WHY, "max_length": 0}, "0.max_length"),
        ({**WHY, "max_length": 2001}, "0.max_length"),
        ({**WHY, "max_length": True}, "0.max_length"),
        ({**WHY, "required": "yes"}, "0.required"),
        ({**WHY, "options": ["One"]}, "0.options"),
        ({**WHY, "options": ["One", "One"]}, "0.options"),
        ({**WHY, "options": ["o" * 101, "Two"]}, "0.options"),
        ({**WHY, "options": [str(number) for number in range(21)]}, "0.options"),
        ({**WHY, "options": "One"}, "0.options"),
        ({**WHY, "colour": "red"}, "0"),
        ("Why?", "0.key"),
    ],
)
def test_a_question_that_cannot_be_is_refused_at_its_place(question: Any, place: str) -> None:
    program = make_program(questions=[WHY])

    with pytest.raises(QuestionsInvalid) as refused:
        ask_for(question)

    assert place in refused.value.fields
    program.refresh_from_db()
    assert program.questions == [WHY]


def test_keys_are_used_once_and_ten_questions_fit() -> None:
    make_program()

    with pytest.raises(QuestionsInvalid) as twice:
        ask_for(WHY, WHY)
    with pytest.raises(QuestionsInvalid) as many:
        ask_for(*({**WHY, "key": f"why_{number}"} for number in range(11)))

    assert list(twice.value.fields) == ["1.key"]
    assert list(many.value.fields) == ["questions"]


def test_an_old_answer_keeps_the_words_of_its_question(client: Client) -> None:
    program = make_program(admission="application", questions=[WHY])
    applicant = make_followed(50)
    asked = apply(
        slug="garden", person_id=applicant.pk, answers={"why": "Apples."}, now=clock.now()
    )

    ask_for({"key": "pace", "label": {"en": "Pace?"}})

    assert label_questions("garden") == {"why": "Why?", "pace": "Pace?"}
    page = client.get(f"/operator/applications/{asked}").content.decode()
    assert "Why?" in page
    assert "Apples." in page
    assert Application.objects.get(program=program).state == "open"


def rows_of(*questions: dict[str, str]) -> dict[str, str]:
    """Return questions as the page sends them, with the blank form at the end."""
    sent = {"q-TOTAL_FORMS": str(len(questions)), "q-INITIAL_FORMS": "0"}
    for number, one in enumerate(questions):
        filled = {"max_length": "2000", "options": "", "key": "", **one}
        sent |= {f"q-{number}-{name}": value for name, value in filled.items()}
    return sent


def test_questions_are_added_ordered_and_removed_on_the_page(client: Client) -> None:
    program = make_program(questions=[WHY])
    first = {"key": "why", "label_en": "Why?", "required": "on", "ORDER": "2"}
    second = {"label_en": "Pace?", "options": "Slow\n\n Fast ", "ORDER": "1"}

    done = client.post(f"{BENCH}/questions", rows_of(first, second, {}))

    assert done.status_code == 302
    program.refresh_from_db()
    assert [one["label"] for one in program.questions] == [{"en": "Pace?"}, {"en": "Why?"}]
    assert [one["required"] for one in program.questions] == [False, True]
    assert program.questions[0]["options"] == ["Slow", "Fast"]
    assert program.questions[0]["key"].startswith("q_")
    gone = client.post(f"{BENCH}/questions", rows_of({**first, "DELETE": "on"}, {}))
    assert gone.status_code == 302
    program.refresh_from_db()
    assert program.questions == []


def test_a_wrong_question_is_said_on_the_page(client: Client) -> None:
    program = make_program(questions=[WHY])

    lone = client.post(f"{BENCH}/questions", rows_of({"label_en": "Pace?", "options": "Slow"}))
    long = client.post(f"{BENCH}/questions", rows_of({"label_en": "P" * 201, "max_length": "0"}))
    rubbish = client.post(f"{BENCH}/questions", {"q-TOTAL_FORMS": "x"})

    assert [one.status_code for one in (lone, long, rubbish)] == [422, 422, 422]
    assert "Give two answers or more that are not the same" in lone.content.decode()
    program.refresh_from_db()
    assert program.questions == [WHY]


def test_a_pilot_begins_and_ends_with_its_log() -> None:
    program = make_pilot()
    before = program.pilot

    pilot_of(step(14, 60), step(7, 180, graduation=GRADUATION))
    pilot_of()

    program.refresh_from_db()
    lines = list(ChangeLog.objects.filter(program=program).order_by("pk"))
    assert program.pilot is None
    assert [line.kind for line in lines] == ["pilot", "pilot"]
    assert lines[0].before == before
    assert lines[0].after == read_pilot(
        [step(14, 60), step(7, 180, graduation=GRADUATION)], capability=LIVE
    )
    assert lines[1].after is None


def test_who_is_at_a_step_only_ever_gains() -> None:
    program = make_pilot(step(14, 60), step(14, 180))
    person = make_followed(10)
    look(program, person)
    assert ask(person, LIVE).limits == {"minutes_a_day": 60}
    narrower: list[list[dict[str, Any]]] = [
        [step(15, 60), step(14, 180)],
        [step(14, 59), step(14, 180)],
        [step(14, 60), step(14, 179)],
        [step(14, 60), step(14, 180), step(1)],
        [step(14, 60, graduation=GRADUATION), step(14, 180)],
    ]

    for wanted in narrower:
        with pytest.raises(PilotNarrowed) as refused:
            pilot_of(*wanted)
        assert refused.value.params["people"] == 1
    program.refresh_from_db()
    assert program.pilot == [step(14, 60), step(14, 180)]
    assert not ChangeLog.objects.filter(program=program).exists()

    pilot_of(step(7, 90))
    assert ask(person, LIVE).limits == {"minutes_a_day": 90}
    assert Marked.objects.filter(person_id=person.pk).exists()
    look(program, person, now=NOW + 7 * DAY)
    assert state_of(program, person) == "admitted"


def test_a_step_that_everybody_has_passed_may_become_tighter() -> None:
    program = make_pilot(step(14, 60), step(14, 180))
    person = make_followed(10)
    look(program, person)
    look(program, person, now=NOW + 14 * DAY)

    pilot_of(step(30, 30), step(14, 180))

    program.refresh_from_db()
    assert steps_of(program.pilot)[0].days == 30


def test_a_limit_that_nobody_keeps_to_is_refused() -> None:
    make_program()

    with pytest.raises(PilotInvalid) as refused:
        pilot_of(step(14, 60))

    assert refused.value.params["place"] == "[0].limits.minutes_a_day"


def fields_of(steps: list[dict[str, Any]], **more: str) -> dict[str, str]:
    """Return steps as the page sends them."""
    sent: dict[str, str] = {}
    for one in from_pilot(steps_of(steps), capability=LIVE).steps:
        sent[f"{one.name}.days"] = one.days
        sent |= {each.name: each.text for each in one.limits}
        for node in walk(one.tree) if one.tree else ():
            own: dict[str, Any] = {"type": "group", "mode": node.mode, "k": node.k}
            if not node.is_group:
                own = {name: getattr(node, name) for name in ("key", "metric", "operator")}
                own |= {"type": "criterion", "threshold": node.threshold}
            sent |= {f"{node.name}.{key}": value for key, value in own.items()}
    return {**sent, **more}


def test_steps_go_through_the_form_unchanged() -> None:
    steps = [step(14, 60, graduation=GRADUATION), step(7, 180), step(3)]

    read = to_pilot(from_post(fields_of(steps), capability=LIVE))

    assert read_pilot(read, capability=LIVE) == read_pilot(steps, capability=LIVE)


def test_the_page_keeps_steps_and_adds_without_keeping(client: Client) -> None:
    program = make_pilot(step(14, 60))
    address = f"{BENCH}/pilot"
    assert "14 days: 60 minutes a day" in client.get(address).content.decode()

    added = client.post(address, fields_of([step(14, 60)], act="step"))
    asked = client.post(address, fields_of([step(14, 60)], act="ask:s0"))
    grown = client.post(
        address,
        {**fields_of([step(14, 60)], act="add:s0"), "s0.type": "group", "s0.add": "followers"},
    )
    dropped = client.post(address, fields_of([step(14, 60), step(7)], act="drop:s0"))

    assert 'name="s1.days"' in added.content.decode()
    assert 'name="s0.type" value="group"' in asked.content.decode()
    assert 'name="s0-0.metric" value="followers"' in grown.content.decode()
    assert 'name="s0.days"' in dropped.content.decode()
    assert 'name="s1.days"' not in dropped.content.decode()
    program.refresh_from_db()
    assert program.pilot == [step(14, 60)]
    kept = client.post(address, fields_of([step(7, 90, graduation=GRADUATION)], act="save"))
    assert kept.status_code == 302
    program.refresh_from_db()
    assert program.pilot == read_pilot([step(7, 90, graduation=GRADUATION)], capability=LIVE)


def test_what_is_wrong_is_said_beside_the_step(client: Client) -> None:
    program = make_pilot(step(14, 60))
    address = f"{BENCH}/pilot"

    for field, value, said in (
        ("s0.days", "many", "Give a whole number of days from 1 to 365."),
        ("s0.days", "366", "Give a whole number of days from 1 to 365."),
        ("s0.limit.minutes_a_day", "-1", "Give a whole number from 1 to 1,000,000."),
    ):
        answer = client.post(address, fields_of([step(14, 60)]) | {field: value, "act": "save"})
        assert answer.status_code == 422
        assert said in " ".join(answer.content.decode().split())
    empty = client.post(address, {**fields_of([step(14, 60)]), "s0.type": "group", "act": "save"})
    assert empty.status_code == 422
    program.refresh_from_db()
    assert program.pilot == [step(14, 60)]


def test_a_narrower_pilot_is_refused_on_the_page(client: Client) -> None:
    program = make_pilot(step(14, 60))
    look(program, make_followed(10), now=clock.now())

    answer = client.post(f"{BENCH}/pilot", fields_of([step(14, 30)], act="save"))

    assert answer.status_code == 422
    assert "1 people are in the pilot, and step 1 would be tighter" in answer.content.decode()
    assert program_page("garden", None, NOW).terms.pilot == [step(14, 60)]
