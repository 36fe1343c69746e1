"""Databases on a PostgreSQL server, named by the place `{service}` in its URL template."""

from __future__ import annotations

import psycopg
from psycopg import sql


def answers(url_template: str) -> bool:
    """Whether the server lets us in and answers `SELECT 1`."""
    try:
        with psycopg.connect(_administration(url_template), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def add_database(url_template: str, name: str) -> str:
    """Make an empty database if it is not there, and give its URL."""
    with psycopg.connect(_administration(url_template), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return url_template.format(service=name)


def remove_database(url_template: str, name: str) -> None:
    """Delete a database if it is there, also while others are connected to it."""
    with psycopg.connect(_administration(url_template), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _administration(url_template: str) -> str:
    return url_template.format(service="postgres")
