"""NATS with JetStream in operator mode: TCP for our processes, WebSocket for browsers."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from meadow.runtime import processes, tokens
from meadow.runtime.environment import secrets_folder, write_private
from meadow.runtime.errors import EngineFailed
from meadow.runtime.http import fetch
from meadow.runtime.postgres import engine_environment, tail

SEED = "nats-app.seed"
CREDS = "nats-service.creds"


@dataclass
class Nats:
    """One nats-server of `home`; its keys live in home/secrets, its stream in home/nats."""

    home: Path
    port: int
    monitor_port: int
    websocket_port: int
    origins: list[str]
    host: str = "127.0.0.1"
    settings: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name the settings file."""
        self.settings = self.home / "run" / "nats.conf"

    @property
    def url(self) -> str:
        """Where our own processes connect, with the service credentials."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def realtime_url(self) -> str:
        """Where browsers on this machine connect."""
        return f"ws://127.0.0.1:{self.websocket_port}"

    def prepare(self) -> None:
        """Make the keys on first use and write the server's settings."""
        (self.home / "nats").mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = ensure_keys(self.home)
        write_private(self.settings, self._render(keys))

    def command(self) -> list[str]:
        """Return the server's command line."""
        return [str(binary()), "--config", str(self.settings)]

    def start(self, *, log: Path, seconds: float = 30.0) -> "subprocess.Popen[bytes]":
        """Start the server and return once JetStream is ready; a server that dies says why."""
        self.prepare()
        with log.open("ab") as output:
            process = processes.spawn(
                self.command(),
                env=engine_environment(),
                output=output,
                parent_signal=signal.SIGTERM,
            )
        ready = processes.wait_until(
            lambda: process.poll() is not None or self.answers(), seconds=seconds
        )
        if not ready or process.poll() is not None:
            processes.stop(process)
            raise EngineFailed(f"NATS did not start:\n{tail(log)}", mend=f"see {log}")
        return process

    def answers(self) -> bool:
        """Say whether the server and its JetStream are ready now."""
        answer = fetch(f"http://127.0.0.1:{self.monitor_port}/healthz", seconds=1.0)
        return answer is not None and answer.status == 200

    def _render(self, keys: "Keys") -> str:
        settings = {
            "server_name": "meadow",
            "listen": f"127.0.0.1:{self.port}",
            "http": f"127.0.0.1:{self.monitor_port}",
            "operator": keys.operator_jwt,
            "system_account": keys.system_account,
            "resolver": "MEMORY",
            "resolver_preload": keys.accounts,
            "jetstream": {
                "store_dir": str(self.home / "nats"),
                # A fact is acknowledged to a browser only when it is on the disk.
                "sync_interval": "always",
                "max_memory_store": 256 * 1024 * 1024,
                "max_file_store": 20 * 1024 * 1024 * 1024,
            },
            "websocket": {
                "host": self.host,
                "port": self.websocket_port,
                "no_tls": True,  # the proxy in front ends TLS
                "allowed_origins": self.origins,
            },
            "max_payload": 4 * 1024 * 1024,
            "lame_duck_grace_period": "1s",
            "lame_duck_duration": "30s",
        }
        return json.dumps(settings, indent=2) + "\n"  # its settings language contains JSON


@dataclass(frozen=True)
class Keys:
    """What the server has to know: public keys and signed claims, no seed."""

    operator_jwt: str
    system_account: str
    accounts: dict[str, str]


def ensure_keys(home: Path) -> Keys:
    """Make the seeds and the service credentials once, and sign the claims anew."""
    folder = secrets_folder(home)
    seeds = {}
    for name in ("operator", "system", "app"):
        path = folder / f"nats-{name}.seed"
        if not path.exists():
            write_private(path, tokens.new_seed("operator" if name == "operator" else "account"))
        seeds[name] = path.read_text().strip()
    if not (folder / CREDS).exists():
        write_private(folder / CREDS, tokens.service_creds(account_seed=seeds["app"]))
    system, app = (tokens.public_key(seeds[name]) for name in ("system", "app"))
    sign = tokens.account_jwt
    operator = seeds["operator"]
    return Keys(
        operator_jwt=tokens.operator_jwt(operator_seed=operator, system_account=system),
        system_account=system,
        accounts={
            system: sign(operator_seed=operator, account=system, name="SYS", jetstream=False),
            app: sign(operator_seed=operator, account=app, name="APP", jetstream=True),
        },
    )


def browser_origins(*, port: int, hosts: list[str], production: bool) -> list[str]:
    """Return the page origins whose WebSocket is let in: ours, exactly."""
    if production:
        return [f"https://{host}" for host in hosts]
    return [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost")]


def binary() -> Path:
    """Return the nats-server of this environment."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else which("nats-server")
    if not found:
        raise EngineFailed("nats-server is not installed.", mend="make setup")
    return Path(found)
