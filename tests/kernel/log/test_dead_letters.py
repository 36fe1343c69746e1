"""A message that nobody can answer is kept, once, sealed, and counted."""

from __future__ import annotations

import secrets

import pytest

from kernel.identity.secrets import Secrets
from kernel.log.dead_letters import DeadLetters
from kernel.refusals import Unavailable
from tests.kernel.log.support import rows_of

BODY = "一封读不懂的信".encode()


@pytest.fixture
def letters(empty, tmp_path):
    return DeadLetters(empty, Secrets.load_or_make(tmp_path / "secret.json"))


def test_a_letter_is_kept_with_its_reason_and_comes_back_whole(letters):
    letters.dead_letter("rpc-feedback", "malformed_message", BODY, 1)
    (row,) = letters.waiting()
    assert (row["consumer"], row["reason"], row["attempts"]) == ("rpc-feedback", "malformed_message", 1)
    assert row["size"] == len(BODY)
    assert letters.body(row["dead_letter_id"]) == BODY


def test_the_same_letter_again_is_one_row_with_a_count(letters):
    for _ in range(3):
        letters.dead_letter("rpc-feedback", "malformed_message", BODY, 1)
    letters.dead_letter("rpc-feedback", "too_large", BODY, 1)
    assert [row["attempts"] for row in letters.waiting()] == [3, 1]
    assert letters.waiting(limit=1)[0]["reason"] == "malformed_message"


def test_nothing_of_a_letter_stands_in_clear_in_the_database(empty, letters):
    letters.dead_letter("rpc-feedback", "malformed_message", BODY, 1)
    ((sealed, fingerprint),) = rows_of(empty, "SELECT body_sealed, fingerprint FROM dead_letter")
    assert BODY not in sealed
    assert fingerprint.encode() not in sealed


def test_attempts_are_durable_before_they_begin_and_are_no_letters(empty, letters, tmp_path):
    fingerprint = secrets.token_hex(32)
    assert letters.attempts(fingerprint) == 0
    letters.count(fingerprint)
    letters.count(fingerprint)
    again = DeadLetters(empty, Secrets.load(tmp_path / "secret.json"))
    assert (again.attempts(fingerprint), again.waiting()) == (2, [])


def test_a_letter_that_is_not_there_has_no_body(letters):
    with pytest.raises(KeyError):
        letters.body("nowhere")


@pytest.mark.slow
def test_while_the_database_is_away_every_question_is_unavailable(on_postgresql, postgres, tmp_path):
    letters = DeadLetters(on_postgresql, Secrets.load_or_make(tmp_path / "secret.json"))
    letters.count("a")
    postgres.kill()
    for question in (
        lambda: letters.dead_letter("rpc-feedback", "malformed_message", BODY, 1),
        lambda: letters.count("a"),
        lambda: letters.attempts("a"),
        letters.waiting,
    ):
        with pytest.raises(Unavailable):
            question()
    postgres.start()
    letters.count("a")
    assert (letters.attempts("a"), letters.waiting()) == (2, [])
