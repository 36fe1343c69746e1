"""Registers every command on the application."""

from __future__ import annotations

from apps.cli import calling, demo, importing, logs, policies, reporting, serving

__all__ = ["calling", "demo", "importing", "logs", "policies", "reporting", "serving"]
