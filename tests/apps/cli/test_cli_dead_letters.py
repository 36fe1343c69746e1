"""`log dead-letters`: what nobody could answer, without its content."""

from __future__ import annotations

import pytest

from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.settings import Settings

SECRET = "（合成）王先生的来信"


@pytest.fixture
def letters(cli, home) -> DeadLetters:
    assert cli("log", "dead-letters").out == "没有死信\n"
    settings = Settings.from_environment({"ZHITONGCHE_HOME": str(home)})
    database = Database(settings.url("feedback"))
    yield DeadLetters(database, Secrets.load(settings.secret_file))
    database.close()


def test_dead_letters_are_listed_with_their_size_and_without_their_content(cli, letters):
    for _ in range(2):
        letters.dead_letter("rpc-feedback", "malformed_message", SECRET.encode(), 1)
    letters.dead_letter("rpc-feedback", "too_large", b"", 1)
    said = cli("log", "dead-letters", "feedback", "--json")
    first, second = said.json["dead_letters"]
    assert first.pop("at") < first.pop("last_at") <= second["at"]
    (kept, _) = letters.waiting()
    assert first == {
        "id": kept["dead_letter_id"],
        "service": "feedback",
        "consumer": "rpc-feedback",
        "reason": "malformed_message",
        "attempts": 2,
        "size": len(SECRET.encode()),
        "fingerprint": kept["fingerprint"],
    }
    shown = cli("log", "dead-letters", "--limit", "1").out
    assert shown.count("\n") == 1
    assert "malformed_message  2 次" in shown
    assert SECRET not in said.out + shown


def test_attempts_that_may_still_succeed_are_no_dead_letters(cli, letters):
    letters.count("0" * 64)
    assert cli("log", "dead-letters", "--json").json == {"dead_letters": []}
