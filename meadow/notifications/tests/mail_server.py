"""A mail server for tests: real SMTP on a port of its own, which refuses, delays or goes away on demand."""

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it took in `taken`; `refusals` maps a recipient to the code they get."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refusals: dict[str, str] = {}
        self.delay = 0.0
        super().__init__(("127.0.0.1", port), Talk)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Talk(socketserver.StreamRequestHandler):
    """One SMTP conversation."""

    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 meadow.test")
        recipient = ""
        for raw in self.rfile:
            line = raw.decode().strip()
            verb = line[:4].upper()
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                self.say(self.server.refusals.get(recipient, "250 ok"))
            elif verb == "DATA":
                self.say("354 go on")
                self.take(recipient)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, recipient: str) -> None:
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw[1:] if raw.startswith(b"..") else raw)
        time.sleep(self.server.delay)
        message: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.taken.append(message)
        self.server.recipients.append(recipient)
        self.say("250 taken")


@contextmanager
def serve_mail(port: int = 0) -> Iterator[MailServer]:
    """Run a mail server for as long as the block lasts."""
    server = MailServer(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
