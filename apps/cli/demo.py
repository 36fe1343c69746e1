"""`demo`: the main job on the embedded default, told as a story. Every figure is read back from the log."""

from __future__ import annotations

import json
import os
import shlex
import sys
import uuid
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from apps.cli.assembly import SERVICES, Housekeeping, own_secrets
from apps.cli.demo_people import explained, settle
from apps.cli.logs import verify_services
from apps.cli.main import app
from apps.cli.output import OUTPUT, console
from apps.cli.results import FaultFound
from apps.cli.serving import run_all
from apps.cli.session import Session
from apps.cli.wording import ROLES, STAGES, STATES, STEPS
from apps.synthetic.school import SENTENCE
from kernel import instants
from kernel.identity.actor import Role
from kernel.policy import Packs
from kernel.settings import Settings, SettingsFault

_URL = "ZHITONGCHE_DATABASE_URL"
_PLACES = ("ZHITONGCHE_HOME", _URL, "ZHITONGCHE_POLICIES", "ZHITONGCHE_SECRET_FILE")
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_INSTITUTION, _UNIT, _CHANNEL = "datong", "library", "office_mailbox"
_EXPLAINED = "hunan-first-normal"


@app.command(help="演示一条建议从提交到办结，逐步记录、可核对；随后继续运行。")
def demo(*, once: Annotated[bool, typer.Option("--once", help="讲完即止")] = False) -> None:
    """Tell the story of one suggestion."""
    settings = Settings.from_environment()
    if not settings.embedded:
        raise SettingsFault("demo 只用于嵌入模式；请不要设置 ZHITONGCHE_AMQP_URI。")
    session = Session(settings)
    try:
        # Half a story would be left where the file fits the data of one service and not of the other.
        own_secrets(settings)
        story = _story(session)
    finally:
        session.close()
    OUTPUT.answer(story, partial(_tell, settings=settings))
    if not story["log"]["ok"]:
        raise FaultFound
    if not once:
        run_all(
            [Housekeeping(settings, service) for service in SERVICES],
            "\n服务继续运行，另开一个终端即可尝试以上命令；Ctrl-C 结束。",
        )


def _story(session: Session) -> dict[str, Any]:
    loaded = Packs.load(session.settings.policies)
    packs = {name: pack for name in loaded.ids() if (pack := loaded.get(name))}
    institutions = [settle(session, pack) for pack in packs.values()]
    person = explained(session, packs[_EXPLAINED])
    submitted = _carry(session)
    # On PostgreSQL the log is sealed only when the session ends: before, no event would have its position.
    session.close()
    ticket_id, receipt = submitted["ticket_id"], submitted["receipt"]
    return {
        "institutions": institutions,
        "institution": {"id": _INSTITUTION, "name": packs[_INSTITUTION].name},
        "person": person,
        "ticket_id": ticket_id,
        "number": submitted["number"],
        "receipt": receipt,
        "timeline": session.call("feedback.get_timeline", {"ticket_id": ticket_id}),
        "followed": session.call("feedback.follow_receipt", {"receipt": receipt}),
        "log": verify_services(session.settings, list(SERVICES)),
    }


def _carry(session: Session) -> dict[str, Any]:
    """Carry one suggestion from submission to close; the answer to the submission."""
    submitter = session.token(subject="demo-submitter", role=Role.SUBMITTER, institution=_INSTITUTION)
    handler = session.token(subject="demo-handler", role=Role.HANDLER, institution=_INSTITUTION, unit=_UNIT)

    def command(name: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
        arguments["command_id"] = str(uuid.uuid4())
        answer: dict[str, Any] = session.call(f"feedback.{name}", arguments, token)
        return answer

    submitted = command(
        "submit_suggestion",
        submitter,
        institution=_INSTITUTION,
        channel=_CHANNEL,
        title="（演示）图书馆周末座位不够",
        body="（演示用合成内容）周末自习座位紧张，建议开放二层会议室。",
    )
    ticket_id = submitted["ticket_id"]
    command("assign_ticket", ticket_id=ticket_id, lead=_UNIT)
    lease = command("claim_ticket", handler, ticket_id=ticket_id)["lease_token"]
    text = "（演示）自下周起周末开放二层会议室作自习室。"
    command("reply_ticket", handler, ticket_id=ticket_id, lease_token=lease, text=text)
    command("close_ticket", ticket_id=ticket_id)
    return submitted


def _tell(story: dict[str, Any], *, settings: Settings) -> None:
    show = console().print
    database = _DATABASES[settings.backend]
    show(f"直通车演示（嵌入模式：单进程、{database}，不需要消息中间件）\n", style="bold")
    show(f"一、已载入 {len(story['institutions'])} 个单位的政策包，各按各的规定运行：")
    show(_institutions(story["institutions"]))
    show(f"   {SENTENCE}。\n")
    _tell_person(story["person"])
    timeline, followed = story["timeline"], story["followed"]
    show(f"\n三、{story['institution']['name']}的一条建议，编号 {story['number']}，每一步都从日志读回：")
    show(_steps(timeline))
    show("四、各环节用时（从日志读回）：")
    show(_latencies(timeline["latency"]))
    show(f"五、提交人凭回执 {story['receipt']} 查询进展：", soft_wrap=True)
    show(f"   {STATES[followed['state']]}。答复：{followed['reply']}\n", soft_wrap=True)
    for report in story["log"]["services"]:
        verdict = "完整，未被改动" if report["ok"] else "发现问题，请运行 zhitongche log verify 查看"
        show(f"六、核对 {report['service']} 日志：{report['events']} 个事件，{verdict}。")
    if settings.database_is_secret:
        show(f"\n以下命令所在的终端须设有同样的 {_URL}（含密码，不在此显示）。", soft_wrap=True)
    show("\n接下来可以试：")
    for line in _next_commands(story, settings):
        typer.echo(f"   {line}")


def _institutions(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True)
    for header in ("单位", "名称"):
        table.add_column(header, overflow="fold")
    for header in ("人员", "单位数", "联系对象类别"):
        table.add_column(header, justify="right")
    table.add_column("中层党外干部", overflow="fold")
    for row in rows:
        counts = (str(row[name] or "—") for name in ("people", "units", "categories"))
        table.add_row(row["id"], row["name"], *counts, _share(row["ratio"]))
    return table


def _share(ratio: dict[str, Any] | None) -> str:
    if ratio is None:
        return "—"
    return (
        f"{ratio['numerator']}/{ratio['denominator']}（{ratio['clause']} 一般不低于{ratio['least_percent']}%）"
    )


def _tell_person(person: dict[str, Any]) -> None:
    show = console().print
    show(f"二、{person['name']}属于本单位的哪些联系对象，依据是什么（{person['as_of']}）：")
    for category in person["categories"]:
        mark = "是" if category["applies"] else "未登记" if category["unknown"] else "否"
        reasons = "；".join(reason["text"] for reason in category["because"])
        line = f"   {mark}  {category['clause']}  {category['name']}{f'：{reasons}' if reasons else ''}"
        show(line, soft_wrap=True)


def _steps(timeline: dict[str, Any]) -> Table:
    table = Table("位置", "步骤", "北京时间", "办理人", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("内容", overflow="fold")
    for entry in timeline["entries"]:
        at = instants.shanghai(instants.parse(entry["at"])).strftime("%m-%d %H:%M:%S.%f")[:-3]
        name = STEPS.get(entry["event"], entry["event"])
        role = entry["actor"]["role"]
        table.add_row(str(entry["position"]), name, at, ROLES.get(role, role), entry["text"] or "")
    return table


def _latencies(latency: dict[str, Any]) -> Table:
    table = Table("环节", box=box.SIMPLE_HEAD, collapse_padding=True)
    for header in ("用时（秒）", "工作日", "办公时间（分钟）"):
        table.add_column(header, justify="right")
    for stage, name in STAGES.items():
        figures = latency[stage]
        minutes = f"{figures['working_minutes']:.4f}"
        table.add_row(name, f"{figures['elapsed_seconds']:.6f}", str(figures["working_days"]), minutes)
    return table


def _next_commands(story: dict[str, Any], settings: Settings) -> list[str]:
    start = _invocation(settings)
    asked = json.dumps({"ticket_id": story["ticket_id"]})
    person = json.dumps({"person_id": story["person"]["person_id"]})
    return [
        f"{start} call registry.explain_scope '{person}'",
        f"{start} call feedback.get_ticket '{asked}'",
        f"{start} latency --institution {_INSTITUTION} --by department",
        f"{start} log verify",
    ]


def _invocation(settings: Settings) -> str:
    """How another terminal, in the same directory, calls this program on the same data."""
    program = Path(sys.executable).with_name("zhitongche")
    here = Path.cwd()
    shown = program.relative_to(here) if program.is_relative_to(here) else program
    places = {name: os.environ[name] for name in _PLACES if os.environ.get(name)}
    if settings.database_is_secret:
        # A password is not for a screen: who sets one sets it there too.
        places.pop(_URL, None)
    return " ".join(
        [*(f"{name}={shlex.quote(place)}" for name, place in places.items()), shlex.quote(str(shown))]
    )
