"""As much of ClickHouse's HTTP interface as clickhouse-connect, curl and BI tools use.

https://clickhouse.com/docs/interfaces/http: the query in the body or in `query=`, `param_*` for
`{name:Type}`, settings as other parameters, any output FORMAT, INSERT … FORMAT with data behind it.
Not here: sessions (each request is its own) and external tables. `/rebuild` is our own.
"""

import asyncio
import hmac
import re
import uuid
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import lz4.frame  # type: ignore[import-untyped]
import orjson
from aiohttp import BasicAuth, web

from meadow.analytics.warehouse.rebuild import RebuildDesk
from meadow.analytics.warehouse.store import ChdbError, Store

MOST_BODY: Final = 1 << 30
# Parameters of the interface itself; every other one is a setting.
RESERVED: Final = frozenset(
    {
        "buffer_size",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "http_write_exception_in_output_format",
        "password",
        "query",
        "query_id",
        "quota_key",
        "role",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INSERT_WITH_DATA = re.compile(
    # Only settings between columns and FORMAT: VALUES and SELECT are chDB's own to parse.
    rb"\s*(?P<statement>INSERT\s+INTO\s+(?:TABLE\s+)?[\w.`\"]+\s*(?:\([^)]*\)\s*)?"
    rb"(?:SETTINGS\s[^']*?)?)FORMAT\s+(?P<format>\w+)[ \t]*(?:\r?\n|;|\Z)",
    re.IGNORECASE,
)
READS = re.compile(r"\s*\(*\s*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN)\b", re.IGNORECASE)
OUTPUT_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
CODE = re.compile(r"Code: (\d+)")
AUTHENTICATION_FAILED: Final = 516
NOT_IMPLEMENTED: Final = 48
BAD_ARGUMENTS: Final = 36
UNKNOWN_EXCEPTION: Final = 1002
# ClickHouse's own choice of statuses, as far as clients tell them apart.
STATUS_OF_CODE: Final = {
    AUTHENTICATION_FAILED: 401,
    164: 403,  # READONLY
    497: 403,  # ACCESS_DENIED
    60: 404,  # UNKNOWN_TABLE
    81: 404,  # UNKNOWN_DATABASE
    159: 408,  # TIMEOUT_EXCEEDED
    NOT_IMPLEMENTED: 501,
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 46, 47, 53, 62, 72, 115, 386, 456, 457), 400),
}
CONTENT_TYPES: Final = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
}
FIXED_HEADERS: Final = {
    "X-ClickHouse-Server-Display-Name": "meadow",
    "X-ClickHouse-Timezone": "UTC",
}


@dataclass(frozen=True)
class Account:
    """The one account of the interface, from CLICKHOUSE_URL."""

    user: str
    password: str

    def admits(self, user: str, password: str) -> bool:
        """Whether name and password are right; takes the same time either way."""
        right_user = hmac.compare_digest(user.encode(), self.user.encode())
        right_password = hmac.compare_digest(password.encode(), self.password.encode())
        return right_user and right_password


@dataclass(frozen=True)
class Answer:
    """What a statement gave."""

    body: bytes
    format: str | None
    summary: Mapping[str, str]


class Refused(Exception):
    """A statement that is not run, with ClickHouse's code for the reason."""

    def __init__(self, code: int, name: str, why: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {why}. ({name})")


def make_app(
    *, store: Store, account: Account, executor: Executor, rebuild: RebuildDesk | None = None
) -> web.Application:
    """Return the application; statements run in `executor`, each on a connection of its own.

    With a desk, `POST /rebuild` asks for a rebuild and `GET /rebuild` says how far it is.
    """

    async def ping(request: web.Request) -> web.Response:
        return web.Response(text="Ok.\n", headers=FIXED_HEADERS)

    async def query(request: web.Request) -> web.Response:
        headers = dict(FIXED_HEADERS)
        headers["X-ClickHouse-Query-Id"] = request.query.get("query_id") or str(uuid.uuid4())
        try:
            check_account(request, account)
            params, body = await read_request(request)
            loop = asyncio.get_running_loop()
            readonly = request.method == "GET"
            answer = await loop.run_in_executor(
                executor, lambda: run_statement(store, params=params, body=body, readonly=readonly)
            )
        except (ChdbError, Refused) as error:
            return refuse(error, headers)
        headers["X-ClickHouse-Summary"] = orjson.dumps(answer.summary).decode()
        if answer.format is not None:
            headers["X-ClickHouse-Format"] = answer.format
            headers["Content-Type"] = CONTENT_TYPES.get(answer.format, "text/plain; charset=UTF-8")
        return web.Response(body=answer.body, headers=headers)

    async def rebuilding(request: web.Request) -> web.Response:
        assert rebuild is not None  # noqa: S101
        try:
            check_account(request, account)
        except Refused as error:
            return refuse(error, dict(FIXED_HEADERS))
        if request.method == "POST":
            rebuild.ask()
        return web.json_response(rebuild.as_json())

    app = web.Application(client_max_size=MOST_BODY)
    if rebuild is not None:
        app.router.add_get("/rebuild", rebuilding)
        app.router.add_post("/rebuild", rebuilding)
    app.router.add_get("/ping", ping)
    app.router.add_get("/", query)
    app.router.add_post("/", query)
    return app


def check_account(request: web.Request, account: Account) -> None:
    """Let in by headers, basic authorization or parameters. Raises Refused."""
    user, password = "default", ""
    if "X-ClickHouse-User" in request.headers:
        user = request.headers["X-ClickHouse-User"]
        password = request.headers.get("X-ClickHouse-Key", "")
    elif "Authorization" in request.headers:
        try:
            basic = BasicAuth.decode(request.headers["Authorization"], encoding="utf-8")
            user, password = basic.login, basic.password
        except ValueError:
            user = ""
    elif "user" in request.query:
        user, password = request.query["user"], request.query.get("password", "")
    if not account.admits(user, password):
        why = f"{user}: Authentication failed: wrong password, or no user of that name"
        raise Refused(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", why)


async def read_request(request: web.Request) -> tuple[dict[str, str], bytes]:
    """Return parameters and body; a form's text fields are parameters."""
    params = dict(request.query)
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if not isinstance(value, str):
                raise Refused(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "No external tables here")
            params[name] = value
        return params, b""
    body = await request.read()
    # aiohttp undoes gzip, deflate, br and zstd; ClickHouse's clients also like lz4.
    if request.headers.get("Content-Encoding") == "lz4":
        try:
            body = lz4.frame.decompress(body)
        except RuntimeError as broken:
            raise Refused(BAD_ARGUMENTS, "BAD_ARGUMENTS", f"lz4: {broken}") from broken
    return params, body


def run_statement(
    store: Store, *, params: Mapping[str, str], body: bytes, readonly: bool
) -> Answer:
    """Run one statement with its settings. Raises ChdbError or Refused."""
    head = params.get("query", "").encode()
    whole = head + b"\n" + body if head and body else head or body
    if not whole.strip():
        raise Refused(62, "SYNTAX_ERROR", "Empty query")
    arguments = {
        name.removeprefix("param_"): value
        for name, value in params.items()
        if name.startswith("param_")
    }
    with store.connection() as connection:
        for statement in preparations(params, readonly=readonly):
            connection.query(statement)
        insert = INSERT_WITH_DATA.match(whole)
        if insert:
            return insert_data(connection, match=insert, whole=whole)
        sql = whole.decode()
        result = connection.query(
            sql, params.get("default_format", "TabSeparated"), params=arguments
        )
        reads = READS.match(sql) is not None
        asked = OUTPUT_FORMAT.search(sql)
        name = asked.group(1) if asked else params.get("default_format", "TabSeparated")
        return Answer(
            body=result.bytes(), format=name if reads else None, summary=summarise(result, reads)
        )


def insert_data(connection: Any, *, match: "re.Match[bytes]", whole: bytes) -> Answer:
    """Insert the data that stands behind INSERT … FORMAT name."""
    name = match.group("format").decode()
    inserter = connection.send_insert(match.group("statement").decode(), name)
    data = whole[match.end() :]
    try:
        if data:
            inserter.append(data)
        rows = inserter.finish().rows_written
    except ChdbError:
        inserter.cancel()
        raise
    summary = {"read_rows": "0", "read_bytes": "0", "written_rows": str(rows)}
    return Answer(body=b"", format=None, summary={**summary, "written_bytes": str(len(data))})


def preparations(params: Mapping[str, str], *, readonly: bool) -> list[str]:
    """Return the statements that give a connection its database and settings."""
    statements = []
    if database := params.get("database"):
        if not NAME.fullmatch(database):
            raise Refused(BAD_ARGUMENTS, "BAD_ARGUMENTS", "Not a name of a database")
        statements.append(f"USE {database}")
    chosen = {"async_insert": "0"}
    for name, value in params.items():
        if name in RESERVED or name.startswith("param_"):
            continue
        if not NAME.fullmatch(name):
            raise Refused(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'")
        chosen[name] = value
    quoted = ", ".join(f"{name} = {quote(value)}" for name, value in chosen.items())
    statements.append(f"SET {quoted}")
    if readonly and "readonly" not in chosen:
        # As in ClickHouse: a GET changes nothing, whoever made the link.
        statements.append("SET readonly = 2")
    return statements


def quote(value: str) -> str:
    """Return a string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def summarise(result: Any, reads: bool) -> dict[str, str]:
    """Return ClickHouse's summary of one statement."""
    rows, size = str(result.rows_read()), str(result.bytes_read())
    nanoseconds = str(int(result.elapsed() * 1e9))
    if reads:
        read, read_bytes = str(result.storage_rows_read()), str(result.storage_bytes_read())
        written, written_bytes, given = "0", "0", rows
    else:
        read, read_bytes = "0", "0"
        written, written_bytes, given = str(result.rows_written()), str(result.bytes_written()), "0"
    return {
        "read_rows": read,
        "read_bytes": read_bytes,
        "written_rows": written,
        "written_bytes": written_bytes,
        "result_rows": given,
        "result_bytes": size,
        "elapsed_ns": nanoseconds,
    }


def refuse(error: Exception, headers: dict[str, str]) -> web.Response:
    """Answer a failure as ClickHouse does: its code in a header, its sentence in the body."""
    text = str(error).strip()
    found = CODE.search(text)
    code = int(found.group(1)) if found else UNKNOWN_EXCEPTION
    headers = {**headers, "X-ClickHouse-Exception-Code": str(code)}
    status = STATUS_OF_CODE.get(code, 500)
    return web.Response(text=text + "\n", status=status, headers=headers)
