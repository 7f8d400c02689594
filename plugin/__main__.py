"""`python -m plugin` is `stdc`."""

from plugin.cli import main

main(prog_name="stdc")
