"""clickhouse-connect and plain HTTP against the warehouse's interface."""

import datetime as dt
import http.client
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from meadow.analytics.tests.conftest import Served
from meadow.analytics.warehouse.store import Store


def connect(served: Served, **options: Any) -> Any:
    given = {"username": "meadow", "password": served.password} | options
    return clickhouse_connect.get_client(host="127.0.0.1", port=served.port, **given)


def get(served: Served, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    plain = http.client.HTTPConnection("127.0.0.1", served.port)
    try:
        plain.request("GET", path, headers=headers or {})
        answer = plain.getresponse()
        return answer.status, answer.read().decode()
    finally:
        plain.close()


def test_ping_needs_no_password(served: Served) -> None:
    assert get(served, "/ping") == (200, "Ok.\n")


def test_client_reads_every_type_it_is_given(served: Served) -> None:
    client = connect(served)

    result = client.query(
        "SELECT toUInt64(7) AS n, 'é\\n' AS text, [1, 2] AS list, toDateTime64("
        "'2026-03-14 12:00:00.123', 3, 'UTC') AS at, NULL AS nothing, toDecimal64('1.50', 2) AS d"
    )

    assert result.column_names == ("n", "text", "list", "at", "nothing", "d")
    n, text, numbers, at, nothing, d = result.result_rows[0]
    assert (n, text, list(numbers), nothing, str(d)) == (7, "é\n", [1, 2], None, "1.50")
    # The client hands out times of a UTC server without a zone.
    assert at.replace(tzinfo=dt.UTC) == dt.datetime(2026, 3, 14, 12, 0, 0, 123000, tzinfo=dt.UTC)


def test_parameters_are_bound_by_the_server(served: Served) -> None:
    client = connect(served)
    hostile = "'; DROP TABLE facts; --\\ \t\n"

    result = client.query(
        "SELECT {text:String}, {n:Int64} + 1, {list:Array(String)}",
        parameters={"text": hostile, "n": -3, "list": ["a'b", "c"]},
    )

    assert result.result_rows == [(hostile, -2, ["a'b", "c"])]


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_inserts_come_back_as_they_went_in(served: Served, compress: Any) -> None:
    client = connect(served, compress=compress)
    client.command("CREATE OR REPLACE TABLE kept (n UInt32, word String) ENGINE = Memory")

    summary = client.insert("kept", [[1, "one"], [2, "FORMAT CSV\n"]], column_names=["n", "word"])

    assert summary.written_rows == 2
    assert client.query("SELECT * FROM kept ORDER BY n").result_rows == [
        (1, "one"),
        (2, "FORMAT CSV\n"),
    ]


def test_values_and_raw_formats_insert_too(served: Served) -> None:
    client = connect(served)
    client.command("CREATE OR REPLACE TABLE kept (n UInt32, word String) ENGINE = Memory")

    client.command("INSERT INTO kept VALUES (1, 'INSERT INTO x FORMAT CSV')")
    client.raw_insert("kept", ["n", "word"], b"2,two\n", fmt="CSV")

    assert client.command("SELECT count(), sum(n) FROM kept") == ["2", "3"]


def test_an_empty_result_keeps_its_columns(served: Served) -> None:
    result = connect(served).query("SELECT 1 AS n WHERE 0")

    assert result.result_rows == []
    assert connect(served).query("SELECT 1 AS n LIMIT 0").column_names == ("n",)


def test_settings_hold_for_one_request_only(served: Served) -> None:
    client = connect(served)
    read = "SELECT toString(getSetting('max_result_rows'))"

    inside = client.query(read, settings={"max_result_rows": 17}).result_rows
    after = client.query(read).result_rows

    assert (inside, after) == ([("17",)], [("0",)])


def test_a_wrong_password_is_refused(served: Served, store: Store) -> None:
    with pytest.raises(DatabaseError, match="516"):
        connect(served, password="wrong")
    with pytest.raises(DatabaseError, match="516"):
        connect(served, username="default", password="")


def test_every_way_to_sign_in_is_checked(served: Served) -> None:
    right = {"X-ClickHouse-User": "meadow", "X-ClickHouse-Key": served.password}

    assert get(served, "/?query=SELECT+1", right) == (200, "1\n")
    assert get(served, "/?query=SELECT+1", right | {"X-ClickHouse-Key": "x"})[0] == 401
    assert get(served, "/?query=SELECT+1&user=meadow&password=a+right+pass+word")[0] == 200
    assert get(served, "/?query=SELECT+1&user=meadow&password=x")[0] == 401
    assert get(served, "/?query=SELECT+1")[0] == 401
    assert get(served, "/?query=SELECT+1", {"Authorization": "Basic ???"})[0] == 401


def test_a_link_changes_nothing(served: Served) -> None:
    right = {"X-ClickHouse-User": "meadow", "X-ClickHouse-Key": served.password}

    status, text = get(served, "/?query=CREATE+TABLE+sneaked+(n+UInt8)+ENGINE=Memory", right)

    assert (status, "READONLY" in text) == (403, True)
    assert connect(served).command("EXISTS TABLE sneaked") == 0


def test_errors_carry_clickhouses_code_and_sentence(served: Served) -> None:
    client = connect(served)

    with pytest.raises(DatabaseError, match=r"code: 47.*UNKNOWN_IDENTIFIER"):
        client.query("SELECT bogus")
    with pytest.raises(DatabaseError, match=r"code: 62.*SYNTAX_ERROR"):
        client.command("SELEC 1")
    with pytest.raises(DatabaseError, match=r"code: 115.*UNKNOWN_SETTING"):
        client.query("SELECT 1", settings={"bogus_setting": 1})
    assert client.command("SELECT 1") == 1


def test_a_broken_insert_leaves_nothing_and_the_next_one_works(served: Served) -> None:
    client = connect(served)
    client.command("CREATE OR REPLACE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n")

    with pytest.raises(DatabaseError):
        client.raw_insert("kept", ["n"], b"1\n2\nthree\n", fmt="CSV")
    client.raw_insert("kept", ["n"], b"4\n", fmt="CSV")

    assert client.query("SELECT n FROM kept").result_rows == [(4,)]
