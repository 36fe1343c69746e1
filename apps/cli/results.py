"""How a command says what came of it, beside its answer."""

from __future__ import annotations

import typer


class FaultFound(Exception):
    """The answer is printed; the exit code is 1."""


class Misused(typer.TyperException):
    """The call's words are off; the message is a Chinese sentence and the exit code is 2."""
