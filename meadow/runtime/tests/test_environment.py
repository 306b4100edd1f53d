"""What the outside may say, and what production refuses."""

import stat
from pathlib import Path

import pytest

from meadow.runtime.environment import kept_secret, load_environment, read_state, write_state
from meadow.runtime.errors import Misconfigured

GOOD_SECRET = "Zk3v9QxT1bW7cRf0LhYpNa8sUeJm2DgOiV5tXqKzB4rMwEyP"[:48] + "Qj6"


def production(home: Path, **changes: str) -> dict[str, str]:
    given = {
        "MEADOW_HOME": str(home),
        "MEADOW_ENV": "production",
        "MEADOW_SECRET_KEY": GOOD_SECRET,
        "MEADOW_HOSTS": "meadow.example",
    }
    return given | changes


def test_production_starts_with_a_secret_and_named_hosts(tmp_path: Path) -> None:
    environment = load_environment(production(tmp_path))

    assert environment.production
    assert environment.hosts == ["meadow.example"]
    assert environment.secret_key == GOOD_SECRET


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"MEADOW_SECRET_KEY": ""}, "MEADOW_SECRET_KEY is not set"),
        ({"MEADOW_SECRET_KEY": "change-me-" + GOOD_SECRET}, "default or guessable"),
        ({"MEADOW_SECRET_KEY": "django-insecure-" + GOOD_SECRET}, "default or guessable"),
        ({"MEADOW_SECRET_KEY": "a" * 60}, "default or guessable"),
        ({"MEADOW_SECRET_KEY": GOOD_SECRET[:49]}, "has 49 characters; it needs 50"),
        ({"MEADOW_DEBUG": "1"}, "Unset MEADOW_DEBUG"),
        ({"MEADOW_HOSTS": ""}, "MEADOW_HOSTS is empty"),
        ({"MEADOW_HOSTS": "meadow.example,*"}, "the wildcard '*'"),
        ({"MEADOW_HOSTS": ".meadow.example"}, "the wildcard '.meadow.example'"),
        ({"MEADOW_DECISION_KEY": "short"}, "anyone could sign decisions with it"),
    ],
)
def test_production_refuses_and_names_the_mend(
    tmp_path: Path, changes: dict[str, str], fault: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        load_environment(production(tmp_path, **changes))

    assert fault in str(refused.value)
    assert not (tmp_path / "secrets").exists()


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    changes = {"MEADOW_SECRET_KEY": "", "MEADOW_HOSTS": "*", "MEADOW_DEBUG": "yes"}

    with pytest.raises(Misconfigured) as refused:
        load_environment(production(tmp_path, **changes))

    assert str(refused.value).count("\n  - ") == 3


def test_a_variable_wins_over_the_supervisors_choice_and_that_over_the_default(
    tmp_path: Path,
) -> None:
    home = {"MEADOW_HOME": str(tmp_path)}
    untouched = load_environment(home)
    write_state(tmp_path, {"port": 8111, "urls": {"nats": "nats://127.0.0.1:5000"}})
    chosen = load_environment(home)
    given = load_environment(home | {"NATS_URL": "nats://far:4222", "MEADOW_PORT": "9000"})

    assert (untouched.port, untouched.nats_url) == (8000, "nats://127.0.0.1:4222")
    assert (chosen.port, chosen.nats_url) == (8111, "nats://127.0.0.1:5000")
    assert (given.port, given.nats_url) == (9000, "nats://far:4222")


def test_an_engine_by_url_is_not_embedded(tmp_path: Path) -> None:
    environment = load_environment(
        {"MEADOW_HOME": str(tmp_path), "DATABASE_URL": "postgresql://a:b@db/meadow"}
    )

    assert environment.embedded == {"nats", "clickhouse", "storage"}
    assert environment.database_url == "postgresql://a:b@db/meadow"


def test_a_kept_secret_is_private_made_once_and_long(tmp_path: Path) -> None:
    first = kept_secret(tmp_path, "secret-key")
    second = kept_secret(tmp_path, "secret-key")

    path = tmp_path / "secrets" / "secret-key"
    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_torn_state_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "engines.json").write_text('{"port": 81')

    assert read_state(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("MEADOW_ENV", "prod"), ("MEADOW_PORT", "http"), ("MEADOW_DEBUG", "maybe")],
)
def test_a_word_we_do_not_know_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        load_environment({"MEADOW_HOME": str(tmp_path), name: value})


def test_secrets_stay_out_of_the_representation(tmp_path: Path) -> None:
    environment = load_environment(production(tmp_path))

    assert GOOD_SECRET not in repr(environment)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ("", {}),
        ("en=Ad", {"en": "Ad"}),
        (" en = Paid ad , fr=Publicité,", {"en": "Paid ad", "fr": "Publicité"}),
        ("zh-hans=广告", {"zh-hans": "广告"}),
        ("en=A=B", {"en": "A=B"}),
    ],
)
def test_words_for_sponsored_are_read_by_language(
    tmp_path: Path, given: str, labels: dict[str, str]
) -> None:
    environment = load_environment({"MEADOW_HOME": str(tmp_path), "MEADOW_SPONSORED_LABELS": given})

    assert environment.sponsored_labels == labels


@pytest.mark.parametrize("given", ["Ad", "en=", "=Ad", "en=Ad,fr", "en= ,fr=Publicité"])
def test_a_language_without_a_word_for_sponsored_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(Misconfigured, match="such as en=Ad,fr=Publicité"):
        load_environment({"MEADOW_HOME": str(tmp_path), "MEADOW_SPONSORED_LABELS": given})
