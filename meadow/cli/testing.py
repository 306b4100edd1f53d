"""`meadow …` for tests: one process loads Meadow once, and each command is a fork of it.

Run as `python -m meadow.cli.testing DESCRIPTOR`, of a socket that brings each command's arguments
with its standard input, output and error, and takes back its exit status; see LiveStack.manage.
"""

import json
import os
import socket
import sys

from meadow.cli.main import main
from meadow.cli.programs import settle, uncollected

LONGEST_COMMAND = 100_000  # bytes


def serve(asked: socket.socket) -> None:
    """Fork for each command until the tests are over; in the fork, be that command."""
    while True:
        message, files, _flags, _sender = socket.recv_fds(asked, LONGEST_COMMAND, 3)
        if not message:
            return
        child = os.fork()
        if not child:
            asked.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
            sys.argv[1:] = json.loads(message)
            main()
            return
        for file in files:
            os.close(file)
        _pid, status = os.waitpid(child, 0)
        asked.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    with uncollected():
        settle()
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018  (reading it imports every view)
    sys.argv[0] = "meadow"
    serve(socket.socket(fileno=int(sys.argv[1])))
