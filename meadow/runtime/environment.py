"""What the outside says: variables, then what the supervisor chose, then defaults."""

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from meadow.runtime.errors import Misconfigured
from meadow.runtime.payment_keys import PaymentKeys, read_payment_keys
from meadow.runtime.postgres import database_url

Mode = Literal["development", "production", "test"]

MODES: tuple[Mode, ...] = ("development", "production", "test")
ENGINES = {
    "postgres": "DATABASE_URL",
    "nats": "NATS_URL",
    "clickhouse": "CLICKHOUSE_URL",
    "storage": "STORAGE_URL",
}
SOURCE = Path(__file__).resolve().parents[2]
SHORTEST_SECRET = 50
# Values that documentation, tutorials and images ship; a secret that others can read is none.
KNOWN_SECRETS = ("change", "default", "insecure", "secret", "example", "meadow", "password", "test")
NEW_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'  # noqa: S105


@dataclass(frozen=True)
class Environment:
    """Everything Meadow reads from outside, checked once."""

    home: Path
    port: int
    mode: Mode
    debug: bool
    hosts: list[str]
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    nats_url: str = field(repr=False)
    clickhouse_url: str = field(repr=False)
    storage_url: str = field(repr=False)
    realtime_url: str
    nats_account_seed: str = field(repr=False)
    nats_creds: str = field(repr=False)
    embedded: frozenset[str]
    version: str
    mail_host: str = ""
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_tls: bool = True
    mail_from: str = "Meadow <meadow@localhost>"
    archive_seconds: int = 30
    decision_key: str = field(default="", repr=False)
    payout_keys: tuple[str, ...] = field(default=(), repr=False)
    video_mib: int = 500
    video_minutes: int = 10
    videos_at_once: int = 1
    payments: PaymentKeys = field(default_factory=PaymentKeys)
    # By language: what is said instead of "Sponsored" where the law of the region asks for other words.
    sponsored_labels: Mapping[str, str] = field(default_factory=dict)
    source: Path = SOURCE

    @property
    def production(self) -> bool:
        """Whether real people are served: then nothing is forgiven."""
        return self.mode == "production"

    @property
    def base_url(self) -> str:
        """The address that a browser on this machine opens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def realtime_origin(self) -> str:
        """The realtime address without its path, as a content security policy names it."""
        parts = urlsplit(self.realtime_url)
        return f"{parts.scheme}://{parts.netloc}"


def load_environment(env: Mapping[str, str] | None = None) -> Environment:
    """Read and check the environment. Raises Misconfigured with every fault and its mend."""
    env = os.environ if env is None else env
    home = find_home(env)
    mode = _read_mode(env)
    state = read_state(home)
    debug = _read_switch(env, "MEADOW_DEBUG")
    hosts = [host.strip() for host in env.get("MEADOW_HOSTS", "").split(",") if host.strip()]
    secret = env.get("MEADOW_SECRET_KEY", "")
    # Play money is there to try things with, and must never buy anything real.
    sandbox = _read_switch(
        env, "MEADOW_SANDBOX_PAYMENTS", default="0" if mode == "production" else "1"
    )
    if mode == "production":
        faults = production_faults(debug=debug, hosts=hosts, secret=secret, sandbox=sandbox)
        if faults:
            raise Misconfigured("production refuses to start:\n  - " + "\n  - ".join(faults))
    else:
        hosts = ["127.0.0.1", "localhost", "[::1]", *hosts]
        if mode == "test":
            hosts.append("testserver")
    port = _read_port(env, "MEADOW_PORT", default=str(state.get("port", 8000)))
    addresses = state.get("urls", {})
    return Environment(
        home=home,
        port=port,
        mode=mode,
        debug=debug,
        hosts=hosts,
        secret_key=secret or kept_secret(home, "secret-key"),
        database_url=env.get("DATABASE_URL") or database_url(home / "postgres"),
        nats_url=env.get("NATS_URL") or addresses.get("nats", "nats://127.0.0.1:4222"),
        clickhouse_url=(
            env.get("CLICKHOUSE_URL") or addresses.get("clickhouse", "http://127.0.0.1:8123")
        ),
        storage_url=env.get("STORAGE_URL") or (home / "files").as_uri(),
        realtime_url=(
            env.get("MEADOW_REALTIME_URL") or addresses.get("realtime", "ws://127.0.0.1:8443")
        ),
        nats_account_seed=env.get("NATS_ACCOUNT_SEED") or _read_secret(home, "nats-app.seed"),
        nats_creds=env.get("NATS_CREDS") or _kept_path(home, "nats-service.creds"),
        embedded=frozenset(name for name, variable in ENGINES.items() if not env.get(variable)),
        version=release(),
        mail_host=env.get("MEADOW_MAIL_HOST", ""),
        mail_port=_read_port(env, "MEADOW_MAIL_PORT", default="587"),
        mail_user=env.get("MEADOW_MAIL_USER", ""),
        mail_password=env.get("MEADOW_MAIL_PASSWORD", ""),
        mail_tls=_read_switch(env, "MEADOW_MAIL_TLS", default="1"),
        mail_from=env.get("MEADOW_MAIL_FROM") or "Meadow <meadow@localhost>",
        archive_seconds=_read_seconds(env, "MEADOW_ARCHIVE_SECONDS", default="30"),
        decision_key=_read_decision_key(env),
        payout_keys=_read_payout_keys(env),
        video_mib=_read_number(env, "MEADOW_VIDEO_MIB", default="500", most=2000),
        sponsored_labels=_read_words(env, "MEADOW_SPONSORED_LABELS"),
        video_minutes=_read_number(env, "MEADOW_VIDEO_MINUTES", default="10", most=180),
        videos_at_once=_read_number(env, "MEADOW_VIDEOS_AT_ONCE", default="1", most=64),
        payments=read_payment_keys(env, sandbox=sandbox, production=mode == "production"),
    )


def _read_number(env: Mapping[str, str], name: str, *, default: str, most: int) -> int:
    text = env.get(name) or default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Misconfigured(f"{name} is {text!r}.", mend=f"set it to a number from 1 to {most}")
    return int(text)


def _read_words(env: Mapping[str, str], name: str) -> dict[str, str]:
    """Return words by language, from `en=Ad,fr=Publicité`."""
    pairs = [pair.partition("=") for pair in env.get(name, "").split(",") if pair.strip()]
    if not all(language.strip() and words.strip() for language, _, words in pairs):
        raise Misconfigured(
            f"{name} is {env[name]!r}.", mend="name words by language, such as en=Ad,fr=Publicité"
        )
    return {language.strip(): words.strip() for language, _, words in pairs}


def _read_seconds(env: Mapping[str, str], name: str, *, default: str) -> int:
    text = env.get(name) or default
    if not text.isdecimal() or not 1 <= int(text) <= 3600:
        raise Misconfigured(f"{name} is {text!r}.", mend="set it to seconds from 1 to 3600")
    return int(text)


def _read_decision_key(env: Mapping[str, str]) -> str:
    """Return the secret that decisions are signed from; empty means one kept in the data folder."""
    secret = env.get("MEADOW_DECISION_KEY", "")
    if secret and (len(secret) < SHORTEST_SECRET or is_known_secret(secret)):
        raise Misconfigured(
            "MEADOW_DECISION_KEY is short or guessable: anyone could sign decisions with it.",
            mend=f"set it to the output of: {NEW_SECRET}",
        )
    return secret


def _read_payout_keys(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets that payee details are sealed with, the newest first; older ones only open."""
    secrets_ = tuple(
        one.strip() for one in env.get("MEADOW_PAYOUT_KEYS", "").split(",") if one.strip()
    )
    if any(len(one) < SHORTEST_SECRET or is_known_secret(one) for one in secrets_):
        raise Misconfigured(
            "MEADOW_PAYOUT_KEYS holds a secret that is short or guessable: payee details would be"
            " as good as open.",
            mend=f"set it to the output of: {NEW_SECRET} (older ones after it, with commas between)",
        )
    return secrets_


def find_home(env: Mapping[str, str] | None = None) -> Path:
    """Return the data folder: MEADOW_HOME, else .meadow in the current folder."""
    env = os.environ if env is None else env
    return Path(env.get("MEADOW_HOME") or ".meadow").expanduser().absolute()


def release() -> str:
    """Return the installed version of Meadow."""
    try:
        return version("meadow")
    except PackageNotFoundError:
        return "0+source"


def production_faults(
    *, debug: bool, hosts: list[str], secret: str, sandbox: bool = False
) -> list[str]:
    """Return what makes these settings unsafe for real people, each with its mend."""
    faults = []
    if not secret:
        faults.append(f"MEADOW_SECRET_KEY is not set. Set it to the output of: {NEW_SECRET}")
    elif is_known_secret(secret):
        faults.append(
            "MEADOW_SECRET_KEY is a default or guessable value."
            f" Set it to the output of: {NEW_SECRET}"
        )
    elif len(secret) < SHORTEST_SECRET:
        faults.append(
            f"MEADOW_SECRET_KEY has {len(secret)} characters; it needs {SHORTEST_SECRET}."
            f" Set it to the output of: {NEW_SECRET}"
        )
    if debug:
        faults.append("MEADOW_DEBUG is on, which shows internals to visitors. Unset MEADOW_DEBUG.")
    if sandbox:
        faults.append(
            "MEADOW_SANDBOX_PAYMENTS is on: anybody could top up with play money."
            " Unset MEADOW_SANDBOX_PAYMENTS."
        )
    if not hosts:
        faults.append(
            "MEADOW_HOSTS is empty. Set it to your host names: MEADOW_HOSTS=meadow.example"
        )
    return faults + [
        f"MEADOW_HOSTS holds the wildcard {host!r}: anyone could forge links in your mail."
        " Name each host: MEADOW_HOSTS=meadow.example,www.meadow.example"
        for host in hosts
        if "*" in host or host.startswith(".")
    ]


def is_known_secret(secret: str) -> bool:
    """Say whether others know or guess a secret: an example's words, or little variety."""
    words = secret.lower()
    if len(set(secret)) < 10:
        return True
    return any(word in words for word in KNOWN_SECRETS)


def state_path(home: Path) -> Path:
    """Return where the supervisor keeps the ports and addresses it chose."""
    return home / "run" / "engines.json"


def read_state(home: Path) -> dict[str, Any]:
    """Return what the supervisor wrote last, empty when there was none or a crash tore it."""
    try:
        state = json.loads(state_path(home).read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(home: Path, state: dict[str, Any]) -> None:
    """Replace the state in one step, so that a reader never sees half of it."""
    write_private(state_path(home), json.dumps(state, indent=2, sort_keys=True) + "\n")


def secrets_folder(home: Path) -> Path:
    """Return the 0700 folder of keys, made on first use."""
    folder = home / "secrets"
    if not folder.exists():
        make_home(home)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def make_home(home: Path) -> None:
    """Make the data folder; one that exists keeps its mode.

    Others may enter (not list) it, because PostgreSQL runs as a lesser user when we are root.
    """
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o711, exist_ok=True)


def kept_secret(home: Path, name: str) -> str:
    """Return a secret that is made once and kept; two processes that race get the same one."""
    path = secrets_folder(home) / name
    if not path.exists():
        fresh = _write_beside(path, secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)  # fails when another process was first, and then its secret stands
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file that only we may read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_beside(path, text).replace(path)


def _write_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600 from the start
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    return Path(name)


def _read_secret(home: Path, name: str) -> str:
    try:
        return (home / "secrets" / name).read_text().strip()
    except OSError:
        return ""


def _kept_path(home: Path, name: str) -> str:
    path = home / "secrets" / name
    return str(path) if path.exists() else ""


def _read_mode(env: Mapping[str, str]) -> Mode:
    mode = env.get("MEADOW_ENV") or "development"
    for known in MODES:
        if mode == known:
            return known
    raise Misconfigured(
        f"MEADOW_ENV is {mode!r}.", mend="set it to development, production or test"
    )


def _read_switch(env: Mapping[str, str], name: str, *, default: str = "0") -> bool:
    value = (env.get(name) or default).lower()
    if value in {"0", "false", "no", "off"}:
        return False
    if value in {"1", "true", "yes", "on"}:
        return True
    raise Misconfigured(f"{name} is {value!r}.", mend=f"set {name} to 1 or 0")


def _read_port(env: Mapping[str, str], name: str, *, default: str) -> int:
    text = env.get(name) or default
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise Misconfigured(f"{name} is {text!r}.", mend="set it to a number from 1 to 65535")
