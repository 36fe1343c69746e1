"""The real RabbitMQ and PostgreSQL of the tests: containers where a Docker engine answers, else private nodes.

`ZHITONGCHE_TEST_SERVERS=private` or `=containers` decides without asking the engine. What is missing is a
failure with a sentence, never a skip: a suite that is green because it did not run shows nothing.
"""

from __future__ import annotations

import gc
import json
import os
import secrets
import shutil
import tempfile
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import amqp
import docker
from testcontainers.core.container import DockerContainer

from apps.cluster import databases
from apps.cluster.nodes import PrivatePostgres, PrivateRabbit, ServerFailed
from apps.cluster.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

S = TypeVar("S", bound="Server")


class Server(Protocol):
    """What both kinds of server can be told; every call returns when it is so."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def wipe(self) -> None: ...
    def running(self) -> bool: ...


class Rabbit(Server, Protocol):
    """A broker. `add_vhost` gives the AMQP URI of an empty virtual host that also comes back after `wipe`."""

    @property
    def amqp_uri(self) -> str: ...
    def add_vhost(self, name: str) -> str: ...
    def remove_vhost(self, name: str) -> None: ...
    def load(self, definitions: dict[str, Any]) -> None: ...


class Postgres(Server, Protocol):
    """A database server. `url_template` holds `{service}`; `add_database` gives an empty database's URL."""

    @property
    def url_template(self) -> str: ...
    def add_database(self, name: str) -> str: ...
    def remove_database(self, name: str) -> None: ...
    def psql(self, url: str, script: Path, secrets_folder: Path, **variables: str) -> None: ...


class _Container:
    """A server in a container whose host port is ours to keep: Docker would choose another at each start."""

    image: str
    inner_port: int
    command: tuple[str, ...] = ()

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._port = free_ports(1)[0]
        self._container: DockerContainer | None = None

    @property
    def _address(self) -> str:
        host = self._container.get_container_host_ip() if self._container else "127.0.0.1"
        return f"{'127.0.0.1' if host == 'localhost' else host}:{self._port}"

    def _answers(self) -> bool:
        raise NotImplementedError

    def running(self) -> bool:
        if self._container is None:
            return False
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        return wrapped.status == "running"

    def start(self) -> None:
        if self.running():
            return
        if self._container is None:
            container = DockerContainer(self.image).with_bind_ports(self.inner_port, self._port)
            container.with_envs(**self._environment)
            if self.command:
                container.with_command(list(self.command))
            self._container = container.start()
        else:
            self._container.get_wrapped_container().start()
        self._await_answer()

    def _await_answer(self) -> None:
        limit = time.monotonic() + 120
        while not self._answers():
            if time.monotonic() > limit:
                raise ServerFailed(self.image)
            time.sleep(0.1)

    def stop(self) -> None:
        if self.running():
            self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        if self.running():
            wrapped = self._container.get_wrapped_container()
            wrapped.kill()
            wrapped.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _run(self, *words: str, **environment: str) -> bytes:
        answer = self._container.get_wrapped_container().exec_run(list(words), environment=environment)
        if answer.exit_code != 0:
            raise ServerFailed(answer.output.decode(errors="replace"))
        return answer.output

    def _put(self, name: str, text: str) -> str:
        path = f"/var/tmp/{name}"
        self._run("sh", "-c", 'printf %s "$TEXT" > "$0"', path, TEXT=text)
        return path

    def wipe(self) -> None:
        if self._container is not None:
            self._container.stop()
            self._container = None


class ContainerRabbit(_Container):
    image = "rabbitmq:4"
    inner_port = 5672

    def __init__(self) -> None:
        super().__init__({"RABBITMQ_NODENAME": "rabbit@localhost"})  # its data is found again after a restart
        self._vhosts: set[str] = set()

    @property
    def amqp_uri(self) -> str:
        return f"amqp://guest:guest@{self._address}/"

    def start(self) -> None:
        super().start()
        for name in self._vhosts:
            self._create_vhost(name)

    def add_vhost(self, name: str) -> str:
        self._create_vhost(name)
        self._vhosts.add(name)
        return self.amqp_uri + name

    def remove_vhost(self, name: str) -> None:
        self._vhosts.discard(name)
        self._run("rabbitmqctl", "delete_vhost", name)

    def load(self, definitions: dict[str, Any]) -> None:
        self._run("rabbitmqctl", "import_definitions", self._put("definitions.json", json.dumps(definitions)))

    def _create_vhost(self, name: str) -> None:
        """Importing it leaves one alone that is there; `add_vhost` would refuse."""
        rights = {"user": "guest", "vhost": name, "configure": ".*", "write": ".*", "read": ".*"}
        self.load({"vhosts": [{"name": name}], "permissions": [rights]})

    def _answers(self) -> bool:
        try:
            with amqp.Connection(self._address, connect_timeout=2, read_timeout=5):
                return True
        except (OSError, amqp.AMQPError):
            return False


class ContainerPostgres(_Container):
    image = "postgres:17"
    inner_port = 5432
    command = ("postgres", "-c", "max_connections=200")

    def __init__(self) -> None:
        self._password = secrets.token_urlsafe(24)
        super().__init__(
            {
                "POSTGRES_USER": "zhitongche",
                "POSTGRES_PASSWORD": self._password,
                "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8",
            }
        )

    @property
    def url_template(self) -> str:
        return f"postgresql://zhitongche:{self._password}@{self._address}/{{service}}"

    def add_database(self, name: str) -> str:
        return databases.add_database(self.url_template, name)

    def remove_database(self, name: str) -> None:
        databases.remove_database(self.url_template, name)

    def psql(self, url: str, script: Path, secrets_folder: Path, **variables: str) -> None:
        for path in secrets_folder.iterdir():
            self._put(path.name, path.read_text())
        inside = url.replace(self._address, f"127.0.0.1:{self.inner_port}")
        command = ["psql", "--no-psqlrc", "--quiet", f"--dbname={inside}"]
        command += [f"--set={name}={value}" for name, value in variables.items()]
        self._run(
            *command, f"--file={self._put(script.name, script.read_text())}", ZHITONGCHE_SECRETS="/var/tmp"
        )

    def _answers(self) -> bool:
        return databases.answers(self.url_template)


def containers_chosen() -> bool:
    """Whether the servers come as containers."""
    chosen = os.environ.get("ZHITONGCHE_TEST_SERVERS")
    if chosen in ("private", "containers"):
        return chosen == "containers"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        answer = _engine_answers()
        gc.collect()  # the library leaves the socket of a refused connection open, which fails a later test
    return answer


def _engine_answers() -> bool:
    try:
        client = docker.from_env(timeout=2)
    except docker.errors.DockerException:
        return False
    try:
        return bool(client.ping())
    except docker.errors.DockerException:
        return False
    finally:
        client.close()


@contextmanager
def an_open_directory() -> Iterator[Path]:
    """A directory for private servers: pytest's own are closed to `postgres`, who runs the server for root."""
    directory = Path(tempfile.mkdtemp(prefix="zhitongche-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _kept(containers: Callable[[], S], private: Callable[[Path], S]) -> Iterator[S]:
    with an_open_directory() as directory:
        server = containers() if containers_chosen() else private(directory)
        try:
            server.start()
            yield server
        finally:
            server.wipe()


@contextmanager
def a_rabbit() -> Iterator[Rabbit]:
    """A broker for as long as the block runs."""
    with _kept(ContainerRabbit, PrivateRabbit) as server:
        yield server


@contextmanager
def a_postgres() -> Iterator[Postgres]:
    """A database server for as long as the block runs."""
    with _kept(ContainerPostgres, PrivatePostgres) as server:
        yield server
