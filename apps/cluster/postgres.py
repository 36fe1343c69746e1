"""A private PostgreSQL server as an ordinary process, from the system's package, as root or as any user."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from apps.cluster import databases
from apps.cluster.processes import KeptProcess, ServerFailed, ServersMissing, await_answer, free_ports

_VERSIONS = Path("/usr/lib/postgresql")
_MISSING = "未找到 PostgreSQL（{}）。请先安装：apt-get install rabbitmq-server postgresql"
_UNREACHABLE = "PostgreSQL 不能以 root 运行，而用户 {} 进不了目录 {}。请换一个该用户可进入的目录。"
_USER = "zhitongche"
_SERVER_USER = "postgres"

# Durability stays on: a commit is the acknowledgement, and what the tests show must hold on a power cut.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PrivatePostgres:
    """One server in `directory`, on a free loopback port that it keeps over restarts, with a random password.

    PostgreSQL refuses to run as root; started by root it runs as the user `postgres`, who must be able to
    enter `directory`. It ends with the process that started it, however that ends. `ServersMissing` when
    PostgreSQL is not installed, `ServerFailed` when it does not come up.
    """

    def __init__(self, directory: Path) -> None:
        """Nothing is written or started yet."""
        self._binaries = _newest_binaries()
        self._directory = directory.absolute()
        self._user = _SERVER_USER if os.geteuid() == 0 else None
        self._process: KeptProcess | None = None
        self._port: int | None = None

    @property
    def url_template(self) -> str:
        """`postgresql://zhitongche:PASSWORD@127.0.0.1:PORT/{service}`; `add_database` makes the databases."""
        return f"postgresql://{_USER}:{self._password()}@127.0.0.1:{self._port}/{{service}}"

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        if self._process is None:
            raise ServerFailed("not started")
        return self._process.pid

    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.running()

    def start(self) -> None:
        """Start and return when it answers `SELECT 1`; nothing happens when it runs."""
        if self.running():
            return
        self._prepare()
        if self._port is not None:
            self._boot(self._port)
            return
        try:
            self._boot(free_ports(1)[0])
        except ServerFailed:  # another process may have taken the port between its choice and its use
            self._boot(free_ports(1)[0])

    def stop(self) -> None:
        """Ask it to end, without waiting for its clients to leave, and return when it has gone."""
        if self._process is not None:
            self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL the postmaster and all its children, as a power cut would; return when they have gone."""
        if self._process is not None:
            self._process.kill()

    def restart(self) -> None:
        """Stop if it runs, and start on the same port with the same data."""
        self.stop()
        self.start()

    def wipe(self) -> None:
        """Lose all databases: it is stopped, its data deleted, and it stays stopped until `start`."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=True)

    def add_database(self, name: str) -> str:
        """Make an empty database if it is not there, and give its URL."""
        return databases.add_database(self.url_template, name)

    def remove_database(self, name: str) -> None:
        """Delete a database if it is there, also while others are connected to it."""
        databases.remove_database(self.url_template, name)

    def psql(self, url: str, script: Path, secrets_folder: Path, **variables: str) -> None:
        """Run a psql script as the user and on the database of a URL; `ServerFailed` with psql's words.

        `secrets_folder`: where deploy/postgresql/roles.sql finds passwords, one file each.
        """
        command = [
            str(self._binaries / "psql"),
            "--no-psqlrc",
            "--quiet",
            f"--dbname={url}",
            f"--file={script}",
        ]
        command += [f"--set={name}={value}" for name, value in variables.items()]
        environment = {**_environment(), "ZHITONGCHE_SECRETS": str(secrets_folder)}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise ServerFailed(answer.stderr)

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    def _password(self) -> str:
        return (self._directory / "password").read_text()

    def _prepare(self) -> None:
        """Make the directory and, the first time, the cluster in it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        password = self._directory / "password"
        if not password.exists():
            password.touch(0o600)
            password.write_text(secrets.token_urlsafe(24))
        if self._user is not None:
            self._hand_over(self._user)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()

    def _hand_over(self, user: str) -> None:
        if not reachable(self._directory):
            raise ServerFailed(_UNREACHABLE.format(user, self._directory))
        account = pwd.getpwnam(user)
        for path in (self._directory, self._directory / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)

    def _initialise(self) -> None:
        """Made beside its place and then moved: one interrupted in the making is never taken for a cluster."""
        output = self._directory / "initdb.log"
        unfinished = self._directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [str(self._binaries / "initdb"), f"--pgdata={unfinished}", f"--username={_USER}"]
        command += [f"--pwfile={self._directory / 'password'}", "--auth=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8"]
        with output.open("wb") as log:
            made = subprocess.run(
                command,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                cwd=self._directory,
                env=_environment(),
                stdout=log,
                stderr=log,
                check=False,
            )
        if made.returncode != 0:
            raise ServerFailed(output.read_text(errors="replace"))
        unfinished.rename(self._data)

    def _boot(self, port: int) -> None:
        self._port = port
        command = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for name, value in {**_SETTINGS, "port": str(port)}.items():
            command += ["-c", f"{name}={value}"]
        self._process = KeptProcess(
            command,
            env=_environment(),
            directory=self._directory,
            output=self._directory / "output.log",
            user=self._user,
        )
        await_answer(self._process, lambda: databases.answers(self.url_template))


def reachable(directory: Path) -> bool:
    """Whether the user that PostgreSQL runs as, started by root, can enter an existing directory."""
    answer = subprocess.run(
        ["/usr/bin/test", "-x", str(directory)],
        user=_SERVER_USER,
        group=_SERVER_USER,
        extra_groups=[],
        check=False,
        cwd="/",
    )
    return answer.returncode == 0


def _newest_binaries() -> Path:
    found = [path.parent for path in _VERSIONS.glob("*/bin/initdb")]
    if not found:
        raise ServersMissing(_MISSING.format(_VERSIONS))
    return max(found, key=lambda path: int(path.parent.name))


def _environment() -> dict[str, str]:
    """Nothing of the caller's: a `PGDATA` or `PGPORT` of the system's own server would lead astray."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
