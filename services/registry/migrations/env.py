"""Alembic's way in."""

from kernel.migration import run_scripts

run_scripts()
