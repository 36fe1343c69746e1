"""Services of one process hear each other without a broker, and each has a token of its own."""

from __future__ import annotations

import json

import pytest

from apps.cli.assembly import open_embedded
from apps.cli.listening import TokenMissing, own_token
from apps.cli.session import Session
from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import Authenticator, sign
from kernel.log.database import Database
from kernel.settings import Settings

LETTER = {
    "institution": "datong",
    "channel": "office_mailbox",
    "title": "（合成）路灯",
    "body": "（合成）路灯不亮。",
    "submitter": {"person_id": "somebody"},
}


@pytest.fixture
def settings(tmp_path):
    return Settings.from_environment({"ZHITONGCHE_HOME": str(tmp_path / "home")})


def kept(settings):
    database = Database(settings.url("registry"))
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT ticket_id FROM suggestion").scalars().all()
    database.close()
    return rows


def submit(settings):
    session = Session(settings)
    arguments = LETTER | {"command_id": "11111111-0000-4000-8000-000000000001"}
    ticket_id = session.call("feedback.submit_suggestion", arguments)["ticket_id"]
    session.close()
    return ticket_id


def test_a_command_hears_what_an_earlier_one_did_in_another_service(settings):
    # A neighbour that has no data yet has nothing to say
    session = Session(settings)
    session.call("registry.get_health", {})
    session.close()
    assert kept(settings) == []
    ticket_id = submit(settings)
    session = Session(settings)
    session.call("registry.get_health", {})
    session.close()
    assert kept(settings) == [ticket_id]


def test_a_service_signs_for_itself_or_shows_what_an_operator_issued(settings):
    open_embedded(settings, "registry").close()
    secrets = Secrets.load(settings.secret_file)
    known = Authenticator(secrets)
    itself = Actor("registry", Role.SERVICE, EVERYWHERE)
    assert known.actor(own_token(settings, secrets, "registry")) == itself
    # A copy of the secret file without the signing key
    document = json.loads(settings.secret_file.read_text())
    del document["signing_key"]
    settings.secret_file.write_text(json.dumps(document))
    public = Secrets.load(settings.secret_file)
    with pytest.raises(TokenMissing):
        own_token(settings, public, "registry")
    (settings.home / "tokens").mkdir()
    (settings.home / "tokens" / "registry").write_text(sign(secrets, itself) + "\n")
    assert known.actor(own_token(settings, public, "registry")) == itself
