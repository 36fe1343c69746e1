"""`python -m apps.cli`: the command without its installed script."""

from apps.cli.main import run

run()
