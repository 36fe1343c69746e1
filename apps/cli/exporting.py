"""`export roster`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.roster.columns import BY_FIELD
from apps.cli.roster.export import Heading, Occasion, write_people
from apps.cli.session import SUBJECT, Session
from apps.cli.usage import Commands
from apps.cli.wording import PERSON_STATES
from kernel import instants
from kernel.codes import table
from kernel.refusals import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

exports = Commands(help="导出：roster 花名册。")
app.add_typer(exports, name="export")

_PAGE = 200
_ORDER = "登记先后"
_HEADINGS = (
    Heading("name", "姓名"),
    Heading("unit", BY_FIELD["units"].names[0], 24),
    Heading("titles", BY_FIELD["titles"].names[0], 20),
    Heading("posts", BY_FIELD["post"].names[0], 24),
    Heading("state", "状态", 8),
)


@exports.command("roster", help="把人员名单导出为 Excel；内容、次序与查询所得相同。")
def roster(
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="写入的文件")],
    *,
    institution: Annotated[str, typer.Option("--institution", metavar="I", help="单位编号，如 datong")],
    text: Annotated[str | None, typer.Option("--text", metavar="NAME", help="姓名、拼音或首字母")] = None,
    words: Annotated[str | None, typer.Option("--words", metavar="W", help="职称、职务、单位中的词")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="U", help="部门编号")] = None,
    party: Annotated[str | None, typer.Option("--party", metavar="P", help="党派，如 民盟 或 05")] = None,
    left: Annotated[bool, typer.Option("--left", help="包括已离校的人员")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="D", help="哪一天的情况，如 2026-03-05")
    ] = None,
) -> None:
    """Export what a search finds."""
    code = None if party is None else table("political_status").code(party) or party
    asked = {"text": text, "words": words, "unit": unit, "party": code, "left": left or None, "as_of": as_of}
    session = Session()
    try:
        found = _people(session, {"institution": institution} | asked)
        occasion = Occasion(SUBJECT, instants.now(), _told(institution, asked), _ORDER)
        count = write_people(out, _HEADINGS, found, occasion)
    finally:
        session.close()
    answer = {"out": str(out), "people": count}
    OUTPUT.answer(answer, partial(_show, out=out))


def _people(session: Session, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All pages of a search; units and states as people read them."""
    names = {
        unit["id"]: unit["name"]
        for unit in session.call("registry.list_units", {"institution": asked["institution"]})["items"]
    }
    # What files say beside the list is looked for only where it is asked for: that is recorded.
    method = "search_files" if asked["party"] or asked["words"] else "search_people"
    if method == "search_people":
        asked.pop("party")
    cursor = None
    while True:
        page = _page(session, method, asked | {"limit": _PAGE, "cursor": cursor})
        for item in page["items"]:
            unit, state = item["unit"], item["state"]
            yield item | {"unit": names.get(unit, unit), "state": PERSON_STATES.get(state, state)}
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _page(session: Session, method: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page; `Unavailable` for a connection that broke, which is no fault of the file that is written."""
    try:
        page: dict[str, Any] = session.call(f"registry.{method}", asked)
    except OSError as fault:
        raise Unavailable from fault
    return page


def _told(institution: str, asked: dict[str, Any]) -> str:
    """The filter in words."""
    named = {"text": "姓名", "words": "词", "unit": "部门", "party": "党派", "as_of": "日期"}
    parts = [f"单位：{institution}", *(f"{word}：{asked[key]}" for key, word in named.items() if asked[key])]
    return "；".join([*parts, *(["包括已离校"] if asked["left"] else [])])


def _show(answer: Any, *, out: Path) -> None:
    typer.echo(f"已导出 {answer['people']} 人：{out}")
