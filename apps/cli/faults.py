"""Sentences for what goes wrong around the services: settings, secrets, databases, packs."""

from __future__ import annotations

from kernel.identity.secrets import SecretFileFault
from kernel.identity.tokens import SigningKeyMissing
from kernel.policy.faults import PackFault
from kernel.settings import SettingsFault


def sentence_of(fault: Exception) -> tuple[str, str] | None:
    """Code and Chinese sentence of a fault that a person can mend; `None` for one of ours."""
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - loaded only when something went wrong

    if isinstance(fault, SettingsFault):
        return "settings", str(fault)
    if isinstance(fault, SecretFileFault | SigningKeyMissing):
        return "secret_file", str(fault)
    if isinstance(fault, PackFault):
        return "policy_pack", str(fault)
    if isinstance(fault, OperationalError):
        return "unavailable", "数据库无法连接或不可用，请检查 ZHITONGCHE_DATABASE_URL 与数据库服务。"
    return None
