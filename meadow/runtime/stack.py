"""All of Meadow on one machine: its processes, where they listen, what each needs."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meadow.runtime import processes
from meadow.runtime.environment import (
    ENGINES,
    Environment,
    kept_secret,
    load_environment,
    read_state,
    write_state,
)
from meadow.runtime.http import fetch
from meadow.runtime.nats import Nats, browser_origins
from meadow.runtime.postgres import Postgres, engine_environment
from meadow.runtime.service import Service

PORT_NAMES = ("nats", "nats_monitor", "nats_websocket", "clickhouse")
MEADOW = (sys.executable, "-m", "meadow.cli.main")


@dataclass
class Stack:
    """Every service in starting order: engines first, then what needs them."""

    environment: Environment
    env: dict[str, str]
    engines: list[Service] = field(default_factory=list)
    programs: list[Service] = field(default_factory=list)
    postgres: Postgres | None = None

    @property
    def services(self) -> list[Service]:
        """All services in starting order."""
        return [*self.engines, *self.programs]


def choose_ports(home: Path, *, web_port: int, embedded: frozenset[str]) -> dict[str, int]:
    """Return the internal ports: last time's where they are free, else new ones."""
    last: Mapping[str, Any] = read_state(home).get("ports", {})
    chosen: dict[str, int] = {}
    for name in PORT_NAMES:
        if name.split("_")[0] not in embedded:
            continue
        port = last.get(name)
        taken = {web_port, *chosen.values()}
        if not isinstance(port, int) or port in taken or not processes.port_is_free(port):
            port = processes.free_port(taken=taken)
        chosen[name] = port
    return chosen


def plan_stack(*, environ: Mapping[str, str], port: int) -> Stack:
    """Choose the ports, write them down for every process to find, and describe the services."""
    given = dict(environ) | {"MEADOW_PORT": str(port)}
    first = load_environment(given)
    home = first.home
    ports = choose_ports(home, web_port=port, embedded=first.embedded)
    urls = {}
    if "nats" in first.embedded:
        urls["nats"] = f"nats://127.0.0.1:{ports['nats']}"
        urls["realtime"] = f"ws://127.0.0.1:{ports['nats_websocket']}"
    if "clickhouse" in first.embedded:
        password = kept_secret(home, "warehouse-password")
        urls["clickhouse"] = f"http://meadow:{password}@127.0.0.1:{ports['clickhouse']}"
    write_state(home, {"pid": os.getpid(), "port": port, "ports": ports, "urls": urls})
    environment = load_environment(given)
    env = given | {"MEADOW_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    stack = Stack(environment=environment, env=env)
    if "postgres" in environment.embedded:
        stack.postgres = Postgres(
            home / "postgres", throwaway=environ.get("MEADOW_THROWAWAY") == "1"
        )
        stack.engines.append(postgres_service(stack.postgres, home=home))
    if "nats" in environment.embedded:
        stack.engines.append(nats_service(environment, ports=ports))
    if "clickhouse" in environment.embedded:
        stack.programs.append(warehouse_service(stack, port=ports["clickhouse"]))
    stack.programs.append(web_service(stack))
    stack.programs.append(program(stack, "worker"))
    return stack


def postgres_service(server: Postgres, *, home: Path) -> Service:
    """Describe the embedded PostgreSQL."""
    return Service(
        name="postgres",
        prepare=server.prepare,
        command=server.command,
        identity=lambda: server.identity,
        ready=server.answers,
        env=engine_environment(),
        log=home / "logs" / "postgres.log",
        stop_signal=signal.SIGINT,  # "fast": sessions are ended, nothing committed is lost
        parent_signal=signal.SIGINT,
        patience=20.0,
    )


def nats_service(environment: Environment, *, ports: Mapping[str, int]) -> Service:
    """Describe the embedded NATS."""
    server = Nats(
        environment.home,
        port=ports["nats"],
        monitor_port=ports["nats_monitor"],
        websocket_port=ports["nats_websocket"],
        origins=browser_origins(
            port=environment.port,
            hosts=environment.hosts,
            production=environment.production,
        ),
    )
    return Service(
        name="nats",
        prepare=server.prepare,
        command=server.command,
        ready=server.answers,
        env=engine_environment(),
        log=environment.home / "logs" / "nats.log",
        parent_signal=signal.SIGTERM,
    )


def warehouse_service(stack: Stack, *, port: int) -> Service:
    """Describe the one owner of the analytic store."""

    def ready() -> bool:
        answer = fetch(f"http://127.0.0.1:{port}/ping", seconds=1.0)
        return answer is not None and answer.status == 200

    return program(stack, "warehouse", ready=ready)


def web_service(stack: Stack) -> Service:
    """Describe the web server: ready when it says that every engine answers."""
    environment = stack.environment
    host = environment.hosts[0]

    def ready() -> bool:
        answer = fetch(f"{environment.base_url}/readyz", seconds=5.0, host=host)
        return answer is not None and answer.status == 200

    return program(stack, "web", ready=ready)


def program(stack: Stack, name: str, *arguments: str, ready: Any = None) -> Service:
    """Describe one of our own commands, such as `meadow worker`."""
    home = stack.environment.home
    return Service(
        name="-".join([name, *arguments]),
        command=lambda: [*MEADOW, name, *arguments],
        env=stack.env,
        ready=ready,
        cwd=home,
        log=home / "logs" / f"{'-'.join([name, *arguments])}.log",
    )


def given_engines(environ: Mapping[str, str]) -> list[str]:
    """Return the engines that the environment names by URL, for the person to read."""
    return [name for name, variable in ENGINES.items() if environ.get(variable)]
