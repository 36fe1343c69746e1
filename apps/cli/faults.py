"""Sentences for what goes wrong around the services: settings, secrets, databases, packs, files."""

from __future__ import annotations

import re
import sqlite3

from kernel.identity.secrets import SecretFileFault
from kernel.identity.tokens import SigningKeyMissing
from kernel.log.rebuild import ServiceRuns
from kernel.policy.faults import PackFault
from kernel.refusals import sentence
from kernel.settings import SettingsFault

_NO_DATABASE = "数据库无法连接、打开或写入，请检查 ZHITONGCHE_HOME、ZHITONGCHE_DATABASE_URL 与数据库服务。"
_BROKEN_DATABASE = "数据库文件已损坏，或不是数据库文件。"
# libpq gives no SQLSTATE of a failed login; a server that speaks another language is told as not reached.
_LOGIN_REFUSED = re.compile("FATAL: +password authentication failed|no password supplied")
# SQLite has one class of errors for a database that does not answer and for one without a table.
_NO_SUCH = ("no such table", "no such column")


def sentence_of(fault: Exception) -> tuple[str, str] | None:
    """Code and Chinese sentence of a fault that a person can mend; `None` for one of ours."""
    if isinstance(fault, SettingsFault):
        return "settings", str(fault)
    if isinstance(fault, SecretFileFault | SigningKeyMissing):
        return "secret_file", str(fault)
    if isinstance(fault, PackFault):
        return "policy_pack", str(fault)
    if isinstance(fault, OSError) and fault.filename is not None:
        return "file_access", f"文件或目录无法读写：{fault.filename}"
    if isinstance(fault, ServiceRuns):
        return "service_running", f"{fault} 的 log 进程（或 up）正在运行，请先停止它，再重建。"
    return _of_database(fault)


def is_away(fault: Exception) -> bool:
    """Whether a database does not answer, or cannot be opened or written."""
    import psycopg  # noqa: PLC0415 - loaded only when something went wrong

    away = isinstance(_cause(fault), sqlite3.OperationalError | psycopg.OperationalError)
    return away and not _is_incomplete(fault)


def _is_incomplete(fault: Exception) -> bool:
    import psycopg  # noqa: PLC0415 - loaded only when something went wrong

    cause = _cause(fault)
    if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return True
    return isinstance(cause, sqlite3.OperationalError) and str(cause).startswith(_NO_SUCH)


def _of_database(fault: Exception) -> tuple[str, str] | None:
    if _is_incomplete(fault):
        return "damaged", sentence("database", "incomplete")
    if is_away(fault) and _LOGIN_REFUSED.search(str(_cause(fault))):
        return "settings", sentence("settings", "database_login")
    if is_away(fault):
        return "unavailable", _NO_DATABASE
    if type(_cause(fault)) is sqlite3.DatabaseError:
        return "damaged", _BROKEN_DATABASE
    return None


def _cause(fault: Exception) -> BaseException | None:
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - loaded only when something went wrong

    return fault.orig if isinstance(fault, DBAPIError) else fault
