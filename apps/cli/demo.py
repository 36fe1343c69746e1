"""`demo`: the main job on the embedded default, told as a story. Every figure is read back from the log."""

from __future__ import annotations

import json
import os
import uuid
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from apps.cli.assembly import SERVICES, Housekeeping
from apps.cli.logs import verify_services
from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.serving import run_all
from apps.cli.session import Session
from kernel import instants
from kernel.identity.actor import Role
from kernel.policy import Packs
from kernel.settings import Settings, SettingsFault

_STAGES = {
    "submit_to_assign": "提交→交办",
    "assign_to_reply": "交办→答复",
    "submit_to_reply": "提交→答复",
    "reply_to_close": "答复→办结",
    "submit_to_close": "提交→办结",
}
_EVENTS = {
    "ticket_submitted": "提交",
    "ticket_accepted": "受理",
    "ticket_assigned": "交办",
    "ticket_claimed": "领取",
    "ticket_replied": "答复",
    "ticket_closed": "办结",
}
_INSTITUTION, _UNIT, _CHANNEL = "datong", "library", "office_mailbox"


@app.command(help="演示：一条建议从提交到办结，逐步记录、可核对。默认随后继续运行，--once 讲完即止。")
def demo(*, once: Annotated[bool, typer.Option("--once", help="讲完即止")] = False) -> None:
    """Tell the story of one suggestion."""
    settings = Settings.from_environment()
    if not settings.embedded:
        raise SettingsFault("demo 只用于嵌入模式；请不要设置 ZHITONGCHE_AMQP_URI。")
    session = Session(settings)
    try:
        story = _story(session)
    finally:
        session.close()
    OUTPUT.answer(story, _tell)
    if not once:
        typer.echo("\n服务继续运行，另开一个终端即可尝试以上命令；Ctrl-C 结束。", err=True)
        run_all([Housekeeping(settings, service) for service in SERVICES])


def _story(session: Session) -> dict[str, Any]:
    packs = Packs.load(session.settings.policies)
    pack = packs.get(_INSTITUTION)
    submitter = session.token(subject="demo-submitter", role=Role.SUBMITTER, institution=_INSTITUTION)
    handler = session.token(subject="demo-handler", role=Role.HANDLER, institution=_INSTITUTION, unit=_UNIT)

    def command(name: str, token: str | None = None, **arguments: Any) -> Any:
        return session.call(f"feedback.{name}", arguments | {"command_id": str(uuid.uuid4())}, token)

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
    claimed = command("claim_ticket", handler, ticket_id=ticket_id)
    command(
        "reply_ticket",
        handler,
        ticket_id=ticket_id,
        lease_token=claimed["lease_token"],
        text="（演示）自下周起周末开放二层会议室作自习室。",
    )
    command("close_ticket", ticket_id=ticket_id)
    return {
        "institutions": [{"id": name, "name": packs.get(name).name} for name in packs.ids()],  # type: ignore[union-attr]
        "institution": {"id": _INSTITUTION, "name": pack.name if pack else _INSTITUTION},
        "ticket_id": ticket_id,
        "number": submitted["number"],
        "receipt": submitted["receipt"],
        "timeline": session.call("feedback.get_timeline", {"ticket_id": ticket_id}),
        "followed": session.call("feedback.follow_receipt", {"receipt": submitted["receipt"]}),
        "log": verify_services(session.settings, list(SERVICES)),
    }


def _tell(story: dict[str, Any]) -> None:
    console = Console()
    console.print("直通车演示（嵌入模式：单进程、SQLite，不需要消息中间件）\n", style="bold")
    console.print(f"一、已载入 {len(story['institutions'])} 个单位的政策包，各按各的规定运行：")
    for row in story["institutions"]:
        console.print(f"   {row['id']:<20}{row['name']}")
    console.print(
        f"\n二、{story['institution']['name']}的一条建议，编号 {story['number']}，每一步都从日志读回："
    )
    console.print(_steps(story["timeline"]))
    console.print("三、各环节用时（从日志读回）：")
    console.print(_latencies(story["timeline"]["latency"]))
    followed = story["followed"]
    console.print(f"四、提交人凭回执 {story['receipt']} 查询：{followed['state']}，答复：{followed['reply']}")
    for report in story["log"]["services"]:
        verdict = "完整，未被改动" if report["ok"] else "发现问题"
        console.print(f"五、核对 {report['service']} 日志：{report['events']} 个事件，{verdict}。")
    console.print("\n接下来可以试：")
    for line in _next_commands(story):
        console.print(f"   {line}", soft_wrap=True, highlight=False)


def _steps(timeline: dict[str, Any]) -> Table:
    table = Table("位置", "步骤", "时间（北京时间）", "角色", "内容")
    for entry in timeline["entries"]:
        at = instants.shanghai(instants.parse(entry["at"])).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        name = _EVENTS.get(entry["event"], entry["event"])
        table.add_row(str(entry["position"]), name, at, entry["actor"]["role"], entry["text"] or "")
    return table


def _latencies(latency: dict[str, Any]) -> Table:
    table = Table("环节", "用时（秒）", "工作日", "办公分钟")
    for stage, name in _STAGES.items():
        figures = latency[stage]
        minutes = f"{figures['working_minutes']:.4f}"
        table.add_row(name, f"{figures['elapsed_seconds']:.6f}", str(figures["working_days"]), minutes)
    return table


def _next_commands(story: dict[str, Any]) -> list[str]:
    home = os.environ.get("ZHITONGCHE_HOME")
    start = f"{f'ZHITONGCHE_HOME={home} ' if home else ''}.venv/bin/zhitongche"
    asked = json.dumps({"ticket_id": story["ticket_id"]})
    return [
        f"{start} call feedback.get_ticket '{asked}'",
        f"{start} latency --institution {_INSTITUTION} --by department",
        f"{start} log verify",
    ]
