"""Starts `stdc` processes within milliseconds: a warm process that forks.

Started as `python -m tests.e2e.nursery EPOCH START SPEED`. Each line it reads is the
JSON list of arguments of `stdc`, and a file for its log; it answers with the pid.
The child is the command as an operator starts it, but for its clock, which runs
from START at SPEED times the real pace, so that leases end within seconds.
"""

import ctypes
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

import gunicorn.workers.gthread
import psycopg

import plugin.cli.serve
import plugin.opening
from plugin import bootstrap
from plugin.cli import main
from plugin.config import Settings

#: From Linux's <sys/prctl.h>.
PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG = 36, 1
LIBC = ctypes.CDLL(None)
WARM = (gunicorn.workers.gthread, psycopg, plugin.opening, plugin.cli.serve, Settings)


def running_clock(epoch, start, speed):
    """Give a clock that told `start` when the machine's monotonic one told `epoch`."""
    began = datetime.fromtimestamp(start, UTC)

    def clock():
        return began + timedelta(seconds=(time.monotonic() - epoch) * speed)

    return clock


def be(arguments, log, born):
    """Become the command; never returns. Says by `born` that it leads its group."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.write(born, b".")
    os.close(born)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    code = 1
    try:
        main(arguments, prog_name="stdc")
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve():
    """Fork for every line; children that end are forgotten by themselves."""
    clock = running_clock(*map(float, sys.argv[1:4]))
    bootstrap.build.__kwdefaults__["clock"] = clock
    plugin.opening.serve.__kwdefaults__["clock"] = clock
    # who loses its parent to SIGKILL becomes ours, and is gone at once
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = sys.stdout
    for line in sys.stdin:
        arguments, log = json.loads(line)
        cry, born = os.pipe()
        pid = os.fork()
        if pid == 0:
            be(arguments, log, born)
        os.close(born)
        # whoever is killed before it leads a group is not killed at all, and lives on
        os.read(cry, 1)
        os.close(cry)
        answers.write(f"{pid}\n")
        answers.flush()


if __name__ == "__main__":
    serve()
