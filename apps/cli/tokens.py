"""`token`, and who a call is made as."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from apps.cli.assembly import own_secrets
from apps.cli.main import Institution, app
from apps.cli.output import OUTPUT
from apps.cli.results import Misused
from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.tokens import sign
from kernel.settings import Settings

# A token cannot be called back, so none outlives the year.
MOST_SECONDS = 366 * 24 * 3600

_ID = re.compile("[a-z0-9-]{1,40}")

Subject = Annotated[str, typer.Option("--subject", metavar="S", help="操作人标识")]
Unit = Annotated[str | None, typer.Option("--unit", metavar="U", help="承办部门编号（handler 必填）")]
ROLES = "submitter、operator、handler、leader、\nliaison、auditor、admin、service"
RoleOption = Annotated[Role, typer.Option("--role", metavar="R", help=ROLES)]


def actor_of(subject: str, role: Role, institution: str | None, unit: str | None) -> Actor:
    """Who the words name; a usage error for somebody whose token no service would accept."""
    if not subject or not subject.isprintable():
        raise Misused("--subject 不能为空，也不能含控制字符")
    if role is Role.HANDLER and (not unit or institution in (None, EVERYWHERE)):
        raise Misused("--role handler 必须同时给出 --institution 和 --unit")
    if institution == "" or unit == "":
        raise Misused("--institution 和 --unit 不能为空")
    if not all(_ID.fullmatch(name) for name in (institution, unit) if name not in (None, EVERYWHERE)):
        raise Misused("--institution 和 --unit 只能用小写字母、数字和连字符，最多 40 个字符")
    return Actor(subject, role, institution or EVERYWHERE, unit)


@app.command(help="签发一个脚本用的凭证，单独输出在标准输出。")
def token(
    subject: Subject,
    role: RoleOption,
    institution: Institution = None,
    unit: Unit = None,
    ttl: Annotated[
        int, typer.Option("--ttl", metavar="SECONDS", help="有效秒数", min=1, max=MOST_SECONDS)
    ] = 3600,
) -> None:
    """Print a token."""
    actor = actor_of(subject, role, institution, unit)
    signed = sign(own_secrets(Settings.from_environment()), actor, ttl=ttl)
    OUTPUT.answer({"token": signed}, lambda _: typer.echo(signed))
