"""Registers every command on the application."""

from __future__ import annotations

from apps.cli import calling, demo, exporting, importing, logs, policies, reporting, serving, tokens

__all__ = ["calling", "demo", "exporting", "importing", "logs", "policies", "reporting", "serving", "tokens"]
