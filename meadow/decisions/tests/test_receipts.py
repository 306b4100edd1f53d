"""A receipt holds everywhere, and no changed byte of it does."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from meadow.accounts.testing import make_person
from meadow.decisions import keys, queries
from meadow.decisions.errors import DecisionMissing
from meadow.decisions.models import SigningKey
from meadow.decisions.receipts import verify
from meadow.decisions.testing import WHEN, make_decision, make_decisions
from meadow.runtime.environment import kept_secret

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[3] / "docs" / "algorithms" / "receipts.md"


def receipt_in_a_batch(count: int = 5, *, index: int = 3) -> dict[str, Any]:
    """Return the receipt of one of several decisions with Chinese and escapes in them."""
    ids = make_decisions(make_person(), count)
    return queries.receipt(queries.get_decisions(ids)[ids[index]].public_id)


def test_a_receipt_says_the_decision_and_holds() -> None:
    made = make_decision(make_person(), inputs={"word": '种草 "quoted"\n\\', "share": 0.1})

    receipt = queries.receipt(made.public_id)

    verdict = verify(receipt, keys=queries.public_keys())
    assert verdict.valid
    assert verdict.decision["id"] == made.public_id
    assert verdict.decision["inputs"] == {"word": '种草 "quoted"\n\\', "share": 0.1}
    assert (receipt["index"], receipt["path"], receipt["batch"]["size"]) == (0, [], 1)
    assert receipt["batch"]["signed_at"] == "2026-05-01T12:00:00.000000Z"


def test_a_receipt_takes_two_queries_however_large_the_batch(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ids = make_decisions(make_person(), 600)
    name = queries.get_decisions(ids)[ids[300]].public_id

    with django_assert_num_queries(2):
        receipt = queries.receipt(name)

    assert len(receipt["path"]) == 10


def test_there_is_no_receipt_of_nothing() -> None:
    with pytest.raises(DecisionMissing):
        queries.receipt("dNowhere")


def test_any_changed_byte_of_a_receipt_fails() -> None:
    receipt = receipt_in_a_batch()
    known = queries.public_keys()
    text = orjson.dumps(receipt)
    assert verify(orjson.loads(text), keys=known).valid
    unharmed = []

    for place in range(len(text)):
        for bit in (0x01, 0x04, 0x20):
            changed = bytearray(text)
            changed[place] ^= bit
            try:
                read = orjson.loads(changed)
            except orjson.JSONDecodeError:
                continue
            if verify(read, keys=known).valid:
                unharmed.append((place, bit, bytes(changed[place - 20 : place + 20])))

    assert unharmed == []


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"document": '{"kind":"meadow.decision.v1"}'}, ["path"]),
        ({"document": "{"}, ["document", "path"]),
        ({"document": "[]"}, ["document", "path"]),
        ({"index": 2}, ["path"]),
        ({"index": 5}, ["path"]),
        ({"path": []}, ["path"]),
        ({"signature": "0" * 128}, ["signature"]),
        ({"key": {"id": "0" * 16, "public": "0" * 64}}, ["key", "signature"]),
        ({"signature": "A" * 128}, ["shape"]),
        ({"index": True}, ["shape"]),
        ({"index": 3.0}, ["shape"]),
        ({"path": ["0" * 64] * 41}, ["shape"]),
        ({"kind": "meadow.receipt.v2"}, ["shape"]),
        ({"note": "hello"}, ["shape"]),
        ({"batch": None}, ["shape"]),
        ({"document": "\ud800"}, ["document", "path"]),
    ],
)
def test_it_is_said_what_is_wrong(change: dict[str, Any], problems: list[str]) -> None:
    receipt = receipt_in_a_batch() | change

    verdict = verify(receipt, keys=queries.public_keys())

    assert [problem.code for problem in verdict.problems] == problems
    assert verdict.decision == {}
    assert all(problem.text() for problem in verdict.problems)


@pytest.mark.parametrize("nothing", [None, [], "receipt", 7, {}])
def test_what_is_no_receipt_at_all_is_refused(nothing: object) -> None:
    verdict = verify(nothing, keys=queries.public_keys())

    assert not verdict.valid
    assert {problem.code for problem in verdict.problems} == {"shape"}


def test_a_decision_of_one_batch_is_not_in_another() -> None:
    first, second = receipt_in_a_batch(), receipt_in_a_batch()
    mixed = copy.deepcopy(first)
    mixed["document"] = second["document"]

    verdict = verify(mixed, keys=queries.public_keys())

    assert [problem.code for problem in verdict.problems] == ["path"]


def test_somebody_else_s_key_signs_nothing_of_ours() -> None:
    receipt = receipt_in_a_batch()

    verdict = verify(receipt, keys={})

    assert [problem.code for problem in verdict.problems] == ["key"]


def test_what_an_old_key_signed_stays_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    before = receipt_in_a_batch()
    monkeypatch.setattr(keys, "current_signer", lambda: keys.signer_of("another secret"))
    monkeypatch.setattr(
        "meadow.decisions.services.current_signer", lambda: keys.signer_of("another secret")
    )

    after = receipt_in_a_batch()

    assert before["key"] != after["key"]
    known = queries.public_keys()
    assert verify(before, keys=known).valid
    assert verify(after, keys=known).valid
    assert {key.key_id for key in queries.list_keys()} == set(known)
    assert len(known) == 2


def test_the_key_is_made_once_and_kept_to_ourselves() -> None:
    make_decision(make_person())
    make_decision(make_person())

    signer = keys.current_signer()

    row = SigningKey.objects.get()
    assert (row.key_id, row.public_key, row.first_used_at) == (
        signer.key_id,
        signer.public_key,
        WHEN,
    )
    assert keys.key_id_of(bytes.fromhex(signer.public_key)) == signer.key_id
    path = settings.ENVIRONMENT.home / "secrets" / keys.SECRET_NAME
    assert path.stat().st_mode & 0o077 == 0
    assert keys.signer_of(kept_secret(settings.ENVIRONMENT.home, keys.SECRET_NAME)) == signer
    assert path.read_text() not in repr(signer)


def script() -> str:
    return DOCS.read_text().split("```python\n")[1].split("```")[0]


def run_script(folder: Path, receipt: dict[str, Any], key: str) -> subprocess.CompletedProcess[str]:
    """Run the documented script as an outsider: isolated, elsewhere, with nothing of ours."""
    (folder / "verify.py").write_text(script())
    (folder / "receipt.json").write_text(json.dumps(receipt, ensure_ascii=False))
    return subprocess.run(
        [sys.executable, "-I", "verify.py", "receipt.json", key],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_an_outsider_checks_a_receipt_with_the_documented_script(tmp_path: Path) -> None:
    receipt = receipt_in_a_batch(300, index=299)
    key = keys.current_signer().public_key

    good = run_script(tmp_path, receipt, key)
    bad = run_script(tmp_path, receipt | {"document": receipt["document"] + " "}, key)
    other = run_script(tmp_path, receipt, keys.signer_of("another secret").public_key)

    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout) == json.loads(receipt["document"])
    assert (bad.returncode, bad.stderr) == (1, "does not hold: the decision is not in the batch\n")
    assert (other.returncode, other.stderr) == (
        1,
        "does not hold: it was signed with another key\n",
    )


def test_the_documented_script_is_short_and_needs_one_package() -> None:
    lines = script().splitlines()

    assert len(lines) < 60
    assert {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("import", "from"))
    } == {
        "hashlib",
        "json",
        "sys",
        "cryptography",
    }
