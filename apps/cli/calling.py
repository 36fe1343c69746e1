"""`call`, `units`, `migrate`, `doctor`."""

from __future__ import annotations

import platform
from functools import partial
from typing import Annotated, Any

import typer

from apps.cli.assembly import SERVICES, migrate_service
from apps.cli.main import Institution, app, arguments_of
from apps.cli.output import OUTPUT
from apps.cli.results import FaultFound, Misused
from apps.cli.session import Session
from apps.cli.tokens import ROLES, Unit, actor_of
from kernel.identity.actor import Role
from kernel.policy import check
from kernel.refusals import NotAuthenticated, Refusal
from kernel.settings import Settings


@app.command(help="调用一个服务方法，输出 JSON 答复。参数为 JSON、@文件或 -（标准输入）。")
def call(
    method: Annotated[str, typer.Argument(metavar="SERVICE.METHOD", help="如 feedback.get_ticket")],
    arguments: Annotated[str | None, typer.Argument(metavar="JSON|@FILE|-", help="具名参数，不写为 {}")] = None,
    role: Annotated[Role | None, typer.Option("--role", metavar="R", help=f"{ROLES}（默认 operator）")] = None,
    institution: Institution = None,
    unit: Unit = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="S", help="操作人标识（默认 cli）")
    ] = None,
    token: Annotated[str | None, typer.Option("--token", metavar="T", help="用已有凭证，代替以上各项")] = None,
) -> None:
    """Print the answer of one call."""
    if "." not in method:
        raise Misused("方法应写作 服务.方法，如 feedback.get_ticket")
    if token is not None and (role or institution or unit or subject):
        raise Misused("--token 不能与 --role、--institution、--unit、--subject 同用")
    if token == "":
        # An unset variable of a script must not speak for the operator of all institutions.
        raise NotAuthenticated
    actor = actor_of("cli" if subject is None else subject, role or Role.OPERATOR, institution, unit)
    given = arguments_of(arguments)
    session = Session()
    try:
        if token is None:
            OUTPUT.answer(session.call_as(actor, method, given))
        else:
            OUTPUT.answer(session.call(method, given, token))
    finally:
        session.close()


@app.command(help="列出各单位可承办的部门。")
def units(institution: Institution = None) -> None:
    """Print units by institution."""
    session = Session()
    try:
        names = _institutions(session) if institution is None else [institution]
        listed = {name: session.call("feedback.list_units", {"institution": name})["items"] for name in names}
    finally:
        session.close()
    answer = {"institutions": [{"institution": name, "units": rows} for name, rows in listed.items()]}
    OUTPUT.answer(answer, _show_units)


@app.command(help="把数据库升级到最新结构。")
def migrate(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE…]", help="服务，不写为全部")] = None,
) -> None:
    """Migrate databases."""
    settings = Settings.from_environment()
    answer = {name: migrate_service(settings, name) for name in known_services(services)}
    OUTPUT.answer(answer, lambda _: typer.echo(f"已是最新结构：{'、'.join(answer)}"))


@app.command(help="检查设置、密钥、政策包、数据库与服务是否就绪。")
def doctor(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE…]", help="服务，不写为全部")] = None,
) -> None:
    """Check everything a deployment needs, one line each."""
    names = known_services(services)
    checks = [_checked("设置", lambda: str(Settings.from_environment().home))]
    session = Session() if checks[0]["ok"] else None
    if session is not None:
        checks.append(_checked("密钥文件", lambda: session.secrets.key_id))
        checks.append(_checked("政策包", lambda: _packs(session.settings)))
        checks += [_checked(f"服务 {name}", partial(_health, session, name)) for name in names]
        session.close()
    answer = {"ok": all(check["ok"] for check in checks), "python": platform.python_version(), "checks": checks}
    OUTPUT.answer(answer, _show_checks)
    if not answer["ok"]:
        raise FaultFound


def known_services(names: list[str] | None) -> list[str]:
    """The services asked for, all by default; a usage error for one that does not exist."""
    for name in names or ():
        if name not in SERVICES:
            raise Misused(f"没有服务 {name}；可选：{'、'.join(SERVICES)}")
    return names or list(SERVICES)


def _institutions(session: Session) -> list[str]:
    from kernel.policy import Packs  # noqa: PLC0415

    return list(Packs.load(session.settings.policies).ids())


def _packs(settings: Settings) -> str:
    faults = check(settings.policies)
    if faults:
        raise faults[0]
    from kernel.policy import Packs  # noqa: PLC0415

    return "、".join(Packs.load(settings.policies).ids())


def _health(session: Session, name: str) -> str:
    return str(session.call(f"{name}.get_health", {})["status"])


def _checked(name: str, question: Any) -> dict[str, Any]:
    from apps.cli.faults import sentence_of  # noqa: PLC0415

    try:
        return {"name": name, "ok": True, "detail": question()}
    except Refusal as refusal:
        return {"name": name, "ok": False, "detail": refusal.message}
    except Exception as fault:  # noqa: BLE001 - the doctor names what is wrong and goes on
        known = sentence_of(fault)
        return {"name": name, "ok": False, "detail": known[1] if known else type(fault).__name__}


def _show_units(answer: Any) -> None:
    for entry_ in answer["institutions"]:
        typer.echo(entry_["institution"])
        for unit in entry_["units"]:
            typer.echo(f"  {unit['id']:<24}{unit['name']}{'  [队列]' if unit['machine_queue'] else ''}")


def _show_checks(answer: Any) -> None:
    for row in answer["checks"]:
        typer.echo(f"{'✓' if row['ok'] else '✗'} {row['name']}：{row['detail']}")
