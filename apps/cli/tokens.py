"""`token`, and who a call is made as."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from apps.cli.assembly import own_secrets
from apps.cli.main import Institution, app
from apps.cli.output import OUTPUT
from apps.cli.results import Misused
from kernel.identity.actor import EVERYWHERE, Actor, Role, is_subject
from kernel.identity.tokens import sign
from kernel.schemas import INSTITUTION_ID
from kernel.settings import Settings

# A token cannot be called back, so none outlives the year.
MOST_SECONDS = 366 * 24 * 3600

Subject = Annotated[str, typer.Option("--subject", metavar="S", help="操作人标识")]
Unit = Annotated[str | None, typer.Option("--unit", metavar="U", help="承办部门编号（handler 必填）")]
# In one line they make the help wider than a terminal.
_FEW = 4
ROLES = "、\n".join("、".join(some) for some in ([*Role][:_FEW], [*Role][_FEW:]))
RoleOption = Annotated[Role, typer.Option("--role", metavar="R", help=ROLES)]


def actor_of(subject: str, role: Role, institution: str | None, unit: str | None) -> Actor:
    """Who the words name; a usage error for somebody whose token no service would accept."""
    actor = Actor(subject, role, institution or EVERYWHERE, unit)
    if not is_subject(subject):
        raise Misused("--subject 不能为空，也不能含控制字符")
    if not actor.has_its_unit:
        raise Misused("--role handler 必须同时给出 --institution 和 --unit")
    if institution == "" or unit == "":
        raise Misused("--institution 和 --unit 不能为空")
    if not all(
        re.match(INSTITUTION_ID, name) for name in (institution, unit) if name not in (None, EVERYWHERE)
    ):
        raise Misused("--institution 和 --unit 只能用小写字母、数字和连字符，最多 40 个字符")
    return actor


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
