"""NATS as we start it: our pages may listen, and nobody else may do anything."""

import asyncio
import json
import stat
from collections.abc import Iterator
from typing import Any

import aiohttp
import nats
import pytest

from meadow.runtime import processes, tokens
from meadow.runtime.nats import CREDS, SEED, Nats, browser_origins

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    home = tmp_path_factory.mktemp("nats") / "home"
    server = Nats(
        home,
        port=processes.free_port(),
        monitor_port=processes.free_port(),
        websocket_port=processes.free_port(),
        origins=[ORIGIN],
    )
    home.mkdir()
    process = server.start(log=home / "nats.log")
    yield server
    processes.stop(process)


def seed(server: Nats) -> str:
    return (server.home / "secrets" / SEED).read_text()


def browser_token(server: Nats, subject: str) -> str:
    nats_claims = {
        "bearer_token": True,
        "allowed_connection_types": ["WEBSOCKET"],
        "sub": {"allow": [subject]},
        "pub": {"deny": [">"]},
    }
    return tokens.sign_user_jwt(seed(server), {"name": "p1", "nats": nats_claims})


async def speak(server: Nats, *lines: str, origin: str = ORIGIN) -> str:
    """Open the WebSocket as a browser would, say the lines, and return all that came back."""
    heard = ""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.realtime_url, headers={"Origin": origin}) as socket,
    ):
        for line in lines:
            await socket.send_bytes(f"{line}\r\n".encode())
        try:
            while "PONG" not in heard:
                message = await socket.receive(timeout=20)
                if message.type is not aiohttp.WSMsgType.BINARY:
                    break
                heard += message.data.decode()
        except TimeoutError:
            pass
    return heard


def connect_line(token: str) -> str:
    return "CONNECT " + json.dumps({"jwt": token, "verbose": False, "pedantic": False})


def test_what_jetstream_acknowledges_is_read_back(server: Nats) -> None:
    async def round_trip() -> Any:
        client = await nats.connect(server.url, user_credentials=server.home / "secrets" / CREDS)
        stream = client.jetstream()
        await stream.add_stream(name="FACTS", subjects=["facts.>"])
        acknowledged = await stream.publish("facts.one", b"41")
        message = await stream.get_msg("FACTS", acknowledged.seq)
        await client.close()
        return message.data

    assert asyncio.run(round_trip()) == b"41"


def test_a_browser_hears_its_own_subject_and_no_other(server: Nats) -> None:
    connect = connect_line(browser_token(server, "person.abc.1.*"))

    own = asyncio.run(speak(server, connect, "SUB person.abc.1.* 1", "PING"))
    foreign = asyncio.run(speak(server, connect, "SUB person.xyz.1.* 1", "PING"))

    assert "PONG" in own
    assert "-ERR" not in own
    assert "Permissions Violation for Subscription" in foreign


def test_a_browser_may_not_publish(server: Nats) -> None:
    connect = connect_line(browser_token(server, "person.abc.1.*"))

    heard = asyncio.run(speak(server, connect, "PUB person.abc.1.x 1\r\na", "PING"))

    assert "Permissions Violation for Publish" in heard


def test_a_page_of_another_origin_is_refused(server: Nats) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        asyncio.run(speak(server, "PING", origin="http://evil.example"))

    assert refused.value.status == 403


def test_a_token_of_another_account_is_refused(server: Nats) -> None:
    stranger = tokens.sign_user_jwt(
        tokens.new_seed("account"),
        {"nats": {"bearer_token": True, "allowed_connection_types": ["WEBSOCKET"]}},
    )

    heard = asyncio.run(speak(server, connect_line(stranger), "PING"))

    assert "Authorization Violation" in heard


def test_a_browsers_token_does_not_open_the_tcp_port(server: Nats) -> None:
    token = browser_token(server, "person.abc.1.*")

    async def connect() -> None:
        await nats.connect(
            server.url,
            user_jwt_cb=lambda: bytearray(token, "ascii"),
            signature_cb=lambda nonce: b"",
            allow_reconnect=False,
            max_reconnect_attempts=0,
        )

    with pytest.raises(nats.errors.Error):
        asyncio.run(connect())


def test_keys_are_private_and_kept(server: Nats) -> None:
    before = seed(server)

    server.prepare()

    assert seed(server) == before
    folder = server.home / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert before not in server.settings.read_text()


def test_production_lets_in_only_its_hosts() -> None:
    assert browser_origins(port=8000, hosts=["meadow.example"], production=True) == [
        "https://meadow.example"
    ]
    assert browser_origins(port=9, hosts=["x"], production=False) == [
        "http://127.0.0.1:9",
        "http://localhost:9",
    ]
