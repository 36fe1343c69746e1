"""The Compose file is valid, runs what the project has, and holds no secret."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from apps.cli.assembly import SERVICES

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
STEPS, PARTS = ("roles", "migrate", "grants"), ("rpc", "log")
ONE_SHOT = {"rabbitmq-definitions", *(f"{service}-{step}" for service in SERVICES for step in STEPS)}


def validate(compose: dict) -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def engine_config() -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def has_compose() -> bool:
    try:
        return (
            subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False


def test_the_file_is_valid_compose():
    validate(COMPOSE)
    if has_compose():
        answer = engine_config()
        assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    "fault",
    [
        {"restart": 3},
        {"depends_on": {"postgres": {"condition": "service_happy"}}},
        {"healthcheck": {"test": "true", "interval": []}},
        {"commands": ["x"]},
    ],
)
def test_the_schema_sees_a_planted_fault(fault):
    broken = {**COMPOSE, "services": {**COMPOSE["services"], "feedback-rpc": fault}}
    with pytest.raises(jsonschema.ValidationError):
        validate(broken)


def test_rabbitmq_4_and_postgresql_17_are_used():
    images = {name: service["image"] for name, service in COMPOSE["services"].items()}
    assert images["rabbitmq"].split(":")[1].split("-")[0].split(".")[0] == "4"
    assert images["postgres"].split(":")[1].split("-")[0].split(".")[0] == "17"


def test_every_lasting_service_is_restarted_and_has_a_health_check():
    lasting = {name: service for name, service in COMPOSE["services"].items() if name not in ONE_SHOT}
    assert {name for name, service in lasting.items() if service["restart"] != "unless-stopped"} == set()
    assert {name for name, service in lasting.items() if not service["healthcheck"]["test"]} == set()
    assert {COMPOSE["services"][name]["restart"] for name in ONE_SHOT} == {"no"}


def test_nothing_starts_before_what_it_needs():
    for name, service in COMPOSE["services"].items():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            assert how["condition"] == wanted, (name, needed)


def test_every_service_of_the_tree_has_its_steps_and_both_parts():
    services = {path.parent.name for path in (DEPLOY.parent / "services").glob("*/service.py")}
    assert services == set(SERVICES)
    commands = {name: container.get("command") for name, container in COMPOSE["services"].items()}
    wanted = {f"{service}-{what}" for service in services for what in (*STEPS, *PARTS)}
    assert {name for name in commands if name.rpartition("-")[2] in (*STEPS, *PARTS)} == wanted
    for service in services:
        for part in PARTS:
            assert commands[f"{service}-{part}"] == ["zhitongche", "serve", service, "--part", part]
        assert commands[f"{service}-migrate"] == ["zhitongche", "migrate", service]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", [*STEPS, *PARTS])
def test_each_service_is_run_as_the_first_one_is(service, what):
    # Its name apart, a container of one service says what that of another says: none has rights of its own
    first = next(iter(SERVICES))
    alike = json.dumps(COMPOSE["services"][f"{first}-{what}"]).replace(first, service)
    assert COMPOSE["services"][f"{service}-{what}"] == json.loads(alike)


def test_a_container_sees_no_secret_of_another_service():
    for name, container in COMPOSE["services"].items():
        others = set(SERVICES) - {name.partition("-")[0]} if name.partition("-")[0] in SERVICES else set()
        seen = container.get("secrets", [])
        assert [secret for secret in seen if any(other in secret for other in others)] == [], name


def test_the_steps_of_a_service_run_one_after_another():
    for service in SERVICES:
        for step, after in zip(
            (*STEPS, "rpc"), ("postgres", *(f"{service}-{step}" for step in STEPS)), strict=True
        ):
            assert after in COMPOSE["services"][f"{service}-{step}"]["depends_on"]


def test_the_database_server_lets_every_service_have_its_connections():
    (limit,) = re.findall(r"CONNECTION LIMIT (\d+)", (DEPLOY / "postgresql" / "roles.sql").read_text())
    allowed = int(COMPOSE["services"]["postgres"]["command"][-1].partition("=")[2])
    assert allowed > int(limit) * len(SERVICES)


def test_all_services_share_the_home_that_holds_the_secret_file():
    for service in SERVICES:
        for part in ("migrate", *PARTS):
            container = COMPOSE["services"][f"{service}-{part}"]
            assert container["volumes"] == ["home:" + container["environment"]["ZHITONGCHE_HOME"]]
            assert "ZHITONGCHE_SECRET_FILE" not in container["environment"]


def test_our_containers_run_without_privileges():
    ours = [service for service in COMPOSE["services"].values() if service["image"].startswith("zhitongche:")]
    assert len(ours) == 1 + 3 * len(SERVICES)
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER 10001$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)


def test_ports_are_published_on_loopback_only():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_secrets_are_files_that_the_operator_makes(tmp_path):
    # Given the script, in a folder of its own, run twice
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DEPLOY / "make-secrets.sh").read_bytes())
    subprocess.run(["sh", script], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", script], check=True)
    # Then every secret that is mounted is there, different from all others, kept, and closed to others
    wanted = {secret["file"].removeprefix("secrets/") for secret in COMPOSE["secrets"].values()}
    assert set(made) == wanted
    assert len(set(made.values())) == len(made)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    # And an address holds the user and the password of its service
    for service in SERVICES:
        for role in (service, f"{service}_migrate"):
            password = made[f"postgres_{role}"]
            assert made[f"database_url_{role}"] == f"postgresql://{role}:{password}@postgres/{{service}}"
        assert f"//{service}:{made[f'rabbitmq_{service}']}@" in made[f"amqp_uri_{service}"]


def test_no_secret_is_in_the_repository_or_in_the_environment():
    assert "secrets/" in (DEPLOY / ".gitignore").read_text().splitlines()
    for name, service in COMPOSE["services"].items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE"), (name, key)
            assert "://" not in str(value), (name, key)


def test_the_entry_reads_addresses_from_files(tmp_path):
    (tmp_path / "url").write_text("postgresql://feedback:a$b'c@postgres/{service}")
    answer = subprocess.run(
        [
            "sh",
            DEPLOY / "entrypoint.sh",
            "sh",
            "-c",
            'printf %s "$ZHITONGCHE_DATABASE_URL|${ZHITONGCHE_AMQP_URI-none}"',
        ],
        env={"PATH": "/usr/bin:/bin", "ZHITONGCHE_DATABASE_URL_FILE": str(tmp_path / "url")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "postgresql://feedback:a$b'c@postgres/{service}|none"


def test_the_entry_does_not_start_without_its_secret(tmp_path):
    answer = subprocess.run(
        ["sh", DEPLOY / "entrypoint.sh", "echo", "started"],
        env={"PATH": "/usr/bin:/bin", "ZHITONGCHE_AMQP_URI_FILE": str(tmp_path / "absent")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert answer.stdout == ""


def test_what_the_image_copies_is_in_the_tree_and_in_its_context():
    root = DEPLOY.parent
    copied = re.findall(
        r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE
    )
    sources = [source for line in copied for source in line.split()]
    allowed = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert len(sources) > 6
    for source in sources:
        assert (root / source).exists(), source
        assert any(source == entry or source.startswith(entry + "/") for entry in allowed), source
