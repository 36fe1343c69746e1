"""What a deployment gives a service is enough to run it: its own roles, its own user, and nothing else."""

from __future__ import annotations

import json
import secrets
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from apps.cli.assembly import SERVICES, migrate_service
from apps.cluster.definitions import machine_queues, rabbit_definitions, with_users
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.runtime.distributed.client import RpcClient
from kernel.settings import Settings
from tests.journeys.listening import at_queue
from tests.support.cluster import READY_SECONDS, ROOT, ServiceProcess
from tests.support.school import CHANNEL, MACHINE, QUEUE, SCHOOL
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPTS = ROOT / "deploy" / "postgresql"
ROLES = [role for service in SERVICES for role in (service, f"{service}_migrate")]
PASSWORDS = {role: secrets.token_hex(8) for role in (*ROLES, "clients")}
TEXTS = {"title": "（合成）路灯", "body": "（合成）路灯不亮。"}
WRITES = {
    "feedback": ("submit_suggestion", {"institution": SCHOOL, "channel": CHANNEL} | TEXTS),
    "registry": ("register_person", {"institution": SCHOOL, "name": "虚构甲"}),
}


class Deployed:
    """Servers on which every service has what deploy/ gives it, and the processes of all services."""

    def __init__(self, rabbit, postgres, vhost: str, home: Path) -> None:
        self.postgres, self.home = postgres, home
        self.broker = rabbit.amqp_uri.rpartition("@")[2].rpartition("/")[0] + "/" + vhost
        self.processes: list[ServiceProcess] = []

    def environment(self, service: str, role: str) -> dict[str, str]:
        """The settings of a container that works as a role."""
        server = self.postgres.url_template.rpartition("@")[2]
        return {
            "ZHITONGCHE_HOME": str(self.home),
            "ZHITONGCHE_DATABASE_URL": f"postgresql://{role}:{PASSWORDS[role]}@{server}",
            "ZHITONGCHE_AMQP_URI": self.uri(service),
        }

    def uri(self, user: str) -> str:
        return f"amqp://{user}:{PASSWORDS[user]}@{self.broker}"

    def prepare(self, service: str) -> None:
        """Roles, schema and rights, in the order of the steps in Compose."""
        folder = self.home / "passwords"
        folder.mkdir(exist_ok=True)
        for role in (service, f"{service}_migrate"):
            (folder / f"postgres_{role}").write_text(PASSWORDS[role])
        superuser = self.postgres.url_template.format(service="postgres")
        self.postgres.psql(superuser, SCRIPTS / "roles.sql", folder, service=service)
        owner = Settings.from_environment(self.environment(service, f"{service}_migrate"))
        migrate_service(owner, service)
        for database in (service, f"{service}_keys"):
            url = owner.url(database).replace("+psycopg", "")
            self.postgres.psql(url, SCRIPTS / "grants.sql", folder, service=service)

    def serve(self, service: str) -> None:
        for part in ("rpc", "log"):
            output = self.home / f"{service}-{part}.output"
            words = ["serve", service, "--part", part]
            self.processes.append(ServiceProcess(words, self.environment(service, service), output))

    def remove(self) -> None:
        for process in self.processes:
            process.kill()
        for service in SERVICES:
            for database in (service, f"{service}_keys"):
                self.postgres.remove_database(database)
        superuser = self.postgres.url_template.format(service="postgres")
        with psycopg.connect(superuser, autocommit=True) as connection:
            for role in ROLES:
                connection.execute(f"DROP ROLE IF EXISTS {role}")


@contextmanager
def _deployed(rabbit, postgres, home: Path) -> Iterator[Deployed]:
    rabbit.start()
    postgres.start()
    vhost = f"d{secrets.token_hex(4)}"
    rabbit.add_vhost(vhost)
    definitions = rabbit_definitions(machine_queues(ROOT / "policies"), vhost)
    rabbit.load(with_users(definitions, {user: PASSWORDS[user] for user in (*SERVICES, "clients")}))
    system = Deployed(rabbit, postgres, vhost, home)
    try:
        yield system
    finally:
        system.remove()
        rabbit.remove_vhost(vhost)


@pytest.fixture(scope="module")
def deployed(rabbit, postgres, tmp_path_factory):
    with _deployed(rabbit, postgres, tmp_path_factory.mktemp("deployed")) as system:
        for service in SERVICES:
            system.prepare(service)
            system.serve(service)
        yield system


@pytest.fixture
def client(deployed):
    """A caller with the rights of `clients`."""
    with RpcClient(deployed.uri("clients")) as caller:
        for service in SERVICES:
            caller.call_with_retry(f"{service}.get_health", {}, patience=READY_SECONDS)
        yield caller


def _context(deployed, **who) -> dict[str, str]:
    file = deployed.home / "secret.json"
    return {"auth_token": sign(Secrets.load(file), Actor("a-1", who.pop("role"), **who))}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_seals_and_publishes_with_the_rights_of_its_own(deployed, client, service):
    method, words = WRITES[service]
    given = words | {"command_id": str(uuid.uuid4())}
    operator = _context(deployed, role=Role.OPERATOR)
    client.call(f"{service}.{method}", given, context=operator)

    def published() -> bool:
        health = client.call(f"{service}.get_health", {})
        waiting = [health["log"]["unsealed"], health["log"]["relay_lag"]]
        return health["status"] == "ok" and waiting == [0, 0] and health["log"]["position"] > 0

    until(published)
    assert json.loads((deployed.home / "heads" / f"{service}.log").read_text().splitlines()[-1])["size"] > 0
    for process in deployed.processes:
        assert process.running()
        assert "AccessRefused" not in process.words()
        assert "InsufficientPrivilege" not in process.words()


def test_a_ticket_is_offered_to_its_department_with_the_rights_of_the_feedback_service(
    deployed, client, rabbit
):
    method, words = WRITES["feedback"]
    operator = _context(deployed, role=Role.OPERATOR)
    given = words | {"command_id": str(uuid.uuid4())}
    ticket_id = client.call(f"feedback.{method}", given, context=operator)["ticket_id"]
    assigned = {"ticket_id": ticket_id, "lead": MACHINE, "command_id": str(uuid.uuid4())}
    client.call("feedback.assign_ticket", assigned, context=operator)
    with at_queue(
        rabbit.amqp_uri.rpartition("/")[0] + "/" + deployed.broker.rpartition("/")[2], QUEUE
    ) as machine:
        assert ticket_id in str(machine.next().body)


def test_a_service_hears_another_one_with_the_rights_of_its_own(deployed, client):
    method, words = WRITES["feedback"]
    given = words | {"command_id": str(uuid.uuid4())}
    client.call(f"feedback.{method}", given, context=_context(deployed, role=Role.OPERATOR))
    until(lambda: client.call("feedback.get_health", {})["log"]["unsealed"] == 0)
    wanted = client.call("feedback.get_health", {})["log"]["position"]
    query = "SELECT position FROM cursor WHERE consumer = 'registry' AND source = 'feedback'"

    def heard():
        with psycopg.connect(deployed.postgres.url_template.format(service="registry")) as connection:
            return connection.execute(query).fetchone() or (0,)

    until(lambda: heard()[0] >= wanted)
