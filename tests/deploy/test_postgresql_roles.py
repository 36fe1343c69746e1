"""A service's role runs the service, and cannot change its log, its schema, or another's database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import MetaData, create_engine

from kernel.log.schema import log_tables

SCRIPTS = Path(__file__).parents[2] / "deploy" / "postgresql"
ROLES = {"feedback_migrate": "of-the-owner'", "feedback": "of the service"}
DATABASES = ("feedback", "feedback_keys")


@pytest.fixture(scope="module")
def deployed(postgres, tmp_path_factory):
    """The address of a database by role and name, on a server that was set up as Compose sets it up."""
    secrets = tmp_path_factory.mktemp("secrets")
    for role, password in ROLES.items():
        (secrets / f"postgres_{role}").write_text(password)
    postgres.start()
    superuser = postgres.url_template.format(service="postgres")

    def address(role, database):
        return psycopg.conninfo.make_conninfo(superuser, user=role, password=ROLES[role], dbname=database)

    try:
        postgres.psql(superuser, SCRIPTS / "roles.sql", secrets)
        make_tables(address("feedback_migrate", "feedback"))
        postgres.psql(grants_url(postgres), SCRIPTS / "grants.sql", secrets, service="feedback")
        yield address
    finally:
        remove(postgres, superuser)


def grants_url(postgres) -> str:
    host = postgres.url_template.rpartition("@")[2].format(service="feedback")
    return f"postgresql://feedback_migrate:of-the-owner%27@{host}"


def make_tables(address: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address))
    metadata = MetaData()
    log_tables(metadata)
    metadata.create_all(engine)
    engine.dispose()


def remove(postgres, superuser: str) -> None:
    for database in DATABASES:
        postgres.remove_database(database)
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role in ROLES:
            connection.execute(f"DROP ROLE IF EXISTS {role}")


def write(address: str, statement: str) -> int:
    with psycopg.connect(address) as connection:
        return connection.execute(statement).rowcount


INSERT_EVENT = """
    INSERT INTO event
        (event_id, stream_id, stream_version, command_id, name, recorded_at, body, prev_hash, event_hash)
    VALUES ('1', 's', 1, 'c', 'n', 0, '', '', '')
"""


@pytest.mark.parametrize("table", ["event", "log_entry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET event_id = event_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_service_cannot_change_its_log(deployed, table, change):
    with pytest.raises(InsufficientPrivilege):
        write(deployed("feedback", "feedback"), change.format(table))


def test_the_service_appends_and_keeps_its_other_tables(deployed):
    address = deployed("feedback", "feedback")
    assert write(address, INSERT_EVENT) == 1
    assert write(address, "INSERT INTO unsealed (event_id, event_hash) VALUES ('1', '')") == 1
    assert write(address, "DELETE FROM unsealed") == 1
    assert write(address, "UPDATE cursor SET position = 0") == 0
    assert write(address, "SELECT 1 FROM event") == 1


@pytest.mark.parametrize(
    "change", ["CREATE TABLE mine ()", "ALTER TABLE event ADD extra int", "DROP TABLE cursor"]
)
def test_the_service_cannot_change_the_schema(deployed, change):
    with pytest.raises(InsufficientPrivilege):
        write(deployed("feedback", "feedback"), change)


@pytest.mark.parametrize("database", DATABASES)
def test_both_databases_are_closed_to_other_roles(deployed, postgres, database):
    superuser = postgres.url_template.format(service="postgres")
    write(superuser, "CREATE ROLE stranger LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(superuser, user="stranger", password="x", dbname=database)
    finally:
        write(superuser, "DROP ROLE stranger")


@pytest.mark.parametrize("database", DATABASES)
def test_the_service_reaches_both_of_its_databases(deployed, database):
    assert write(deployed("feedback", database), "SELECT 1") == 1
