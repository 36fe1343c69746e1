"""A service's role runs the service, and cannot change its log, its schema, or another's database."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import MetaData, create_engine

from apps.cli.assembly import SERVICES
from kernel.log.schema import log_tables

SCRIPTS = Path(__file__).parents[2] / "deploy" / "postgresql"
# The password of each role; quotes are there to be quoted.
ROLES = {
    role: password
    for service in SERVICES
    for role, password in ((f"{service}_migrate", f"{service}-owner's"), (service, f"of {service}"))
}
DATABASES = {service: (service, f"{service}_keys") for service in SERVICES}
OWN = [(service, database) for service, databases in DATABASES.items() for database in databases]


@pytest.fixture(scope="module")
def deployed(postgres, tmp_path_factory):
    """The address of a database by role and name, on a server that was set up as Compose sets it up."""
    secrets = tmp_path_factory.mktemp("secrets")
    write_passwords(secrets)
    postgres.start()
    superuser = postgres.url_template.format(service="postgres")

    def address(role, database):
        return psycopg.conninfo.make_conninfo(superuser, user=role, password=ROLES[role], dbname=database)

    try:
        for service in SERVICES:
            postgres.psql(superuser, SCRIPTS / "roles.sql", secrets, service=service)
            make_tables(address(f"{service}_migrate", service))
            postgres.psql(owner_url(postgres, service), SCRIPTS / "grants.sql", secrets, service=service)
        yield address
    finally:
        remove(postgres, superuser)


def write_passwords(secrets, suffix: str = "") -> None:
    for role, password in ROLES.items():
        (secrets / f"postgres_{role}").write_text(password + suffix)


def owner_url(postgres, service: str) -> str:
    host = postgres.url_template.rpartition("@")[2].format(service=service)
    return f"postgresql://{service}_migrate:{quote(ROLES[f'{service}_migrate'])}@{host}"


def make_tables(address: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address))
    metadata = MetaData()
    log_tables(metadata)
    metadata.create_all(engine)
    engine.dispose()


def remove(postgres, superuser: str) -> None:
    for _, database in OWN:
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


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("table", ["event", "log_entry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET event_id = event_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_service_cannot_change_its_log(deployed, service, table, change):
    with pytest.raises(InsufficientPrivilege):
        write(deployed(service, service), change.format(table))


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_appends_and_keeps_its_other_tables(deployed, service):
    address = deployed(service, service)
    assert write(address, INSERT_EVENT) == 1
    assert write(address, "INSERT INTO unsealed (event_id, event_hash) VALUES ('1', '')") == 1
    assert write(address, "DELETE FROM unsealed") == 1
    assert write(address, "UPDATE cursor SET position = 0") == 0
    assert write(address, "SELECT 1 FROM event") == 1


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "change", ["CREATE TABLE mine ()", "ALTER TABLE event ADD extra int", "DROP TABLE cursor"]
)
def test_the_service_cannot_change_the_schema(deployed, service, change):
    with pytest.raises(InsufficientPrivilege):
        write(deployed(service, service), change)


@pytest.mark.parametrize(("service", "database"), OWN)
def test_both_databases_are_closed_to_all_other_roles(deployed, postgres, service, database):
    superuser = postgres.url_template.format(service="postgres")
    write(superuser, "CREATE ROLE stranger LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(superuser, user="stranger", password="x", dbname=database)
        for role in ROLES:
            if role not in (service, f"{service}_migrate"):
                with pytest.raises(psycopg.OperationalError, match="permission denied"):
                    psycopg.connect(deployed(role, database))
    finally:
        write(superuser, "DROP ROLE stranger")


@pytest.mark.parametrize(("service", "database"), OWN)
def test_the_service_reaches_both_of_its_databases(deployed, service, database):
    assert write(deployed(service, database), "SELECT 1") == 1


def test_the_roles_are_made_again_without_loss_and_a_new_password_is_taken(deployed, postgres, tmp_path):
    # Given a row, and a server on which the script runs again with other passwords
    service = next(iter(SERVICES))
    superuser = postgres.url_template.format(service="postgres")
    write(deployed(service, service), "INSERT INTO unsealed (event_id, event_hash) VALUES ('kept', '')")
    write_passwords(tmp_path, " anew")
    try:
        postgres.psql(superuser, SCRIPTS / "roles.sql", tmp_path, service=service)
        # Then the old password opens nothing, and behind the new one stands what was there, with its rights
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(deployed(service, service))
        renewed = psycopg.conninfo.make_conninfo(deployed(service, service), password=ROLES[service] + " anew")
        assert write(renewed, "DELETE FROM unsealed WHERE event_id = 'kept'") == 1
        with pytest.raises(InsufficientPrivilege):
            write(renewed, "DELETE FROM event")
    finally:
        write_passwords(tmp_path)
        postgres.psql(superuser, SCRIPTS / "roles.sql", tmp_path, service=service)
