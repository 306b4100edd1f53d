"""The owner while NATS dies under it: what was acknowledged arrives, without a restart of ours."""

import signal
from pathlib import Path

import pytest
from django.db import connection

from meadow.analytics.testing import LiveWarehouse, make_fact, wait_for
from meadow.analytics.tests.conftest import Stream
from meadow.analytics.tests.test_owner import raw_total
from meadow.runtime import processes
from meadow.runtime.environment import make_home
from meadow.runtime.nats import CREDS, Nats

pytestmark = pytest.mark.slow


@pytest.mark.django_db(transaction=True)
def test_nats_killed_and_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "owner"
    make_home(home)
    folder.mkdir()
    server = Nats(
        home,
        port=processes.free_port(),
        monitor_port=processes.free_port(),
        websocket_port=processes.free_port(),
        origins=[],
    )
    log = tmp_path / "nats.log"
    engine = server.start(log=log)
    settings = connection.settings_dict
    env = {
        "NATS_URL": server.url,
        "NATS_CREDS": str(home / "secrets" / CREDS),
        "DATABASE_URL": f"postgresql://{settings['USER']}@/{settings['NAME']}"
        f"?host={settings['HOST']}",
    }
    live, stream = LiveWarehouse(folder=folder, env=env), Stream(env)
    live.start()
    try:
        stream.publish(*[[make_fact(), make_fact()] for _ in range(10)])
        assert wait_for(lambda: raw_total() == 20)
        assert live.process is not None
        before = live.process.pid

        stream.publish(*[[make_fact()] for _ in range(10)])
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        engine = server.start(log=log)
        stream.publish(*[[make_fact()] for _ in range(10)])

        assert wait_for(lambda: raw_total() == 40, seconds=40)
        assert live.ask("SELECT count(), uniqExact(id) FROM facts") == [(40, 40)]
        assert live.process.pid == before
        assert live.process.poll() is None
    finally:
        live.stop()
        processes.stop(engine, sig=signal.SIGTERM)
