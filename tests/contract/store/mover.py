"""A process that moves a store and kills itself at the n-th point of it.

Points are where each transaction begins and before it is committed, on both
databases, and where one table in the middle is copied and compared.
"""

import os
import signal
import sys

from sqlalchemy import Engine, event

from plugin.store import move


def main(source, target, nth):
    """Move, or die; with 0, move."""
    passed = 0

    def pass_point(*_):
        nonlocal passed
        passed += 1
        if passed == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(_step, table, _rows, _total):
        if table == "events":
            pass_point()

    event.listen(Engine, "begin", pass_point)
    event.listen(Engine, "commit", pass_point)
    move(source, target, tell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
