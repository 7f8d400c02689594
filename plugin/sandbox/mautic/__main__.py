"""Run the look-alike as a process: python -m plugin.sandbox.mautic --port N."""

import argparse
import signal
import sys
import threading

from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.mautic.state import VERSION


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m plugin.sandbox.mautic")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument("--queue-mode", action="store_true")
    parser.add_argument("--version", default=VERSION, help="4.4.13, 5.1.1, 6.0.3 ...")
    asked = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with MauticSandbox(
        asked.host, asked.port, queue_mode=asked.queue_mode, version=asked.version
    ) as mautic:
        sys.stdout.write(
            f"Mautic look-alike at {mautic.url} "
            f"(sign in as {mautic.username} / {mautic.password})\n"
        )
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
