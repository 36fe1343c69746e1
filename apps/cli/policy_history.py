"""`policy history` and `policy diff`: which rules were adopted, and what changed between two."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.output import OUTPUT
from kernel import instants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.cli.session import Session

_PAGE = 200


def history(
    institution: Annotated[str | None, typer.Argument(metavar="[INSTITUTION]", help="单位，不写为全部")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="只看这一天有效的版本，如 2026-03-05")
    ] = None,
) -> None:
    """Print adopted versions."""
    asked = {"institution": institution, "as_of": as_of, "limit": _PAGE, "cursor": None}
    OUTPUT.answer({"items": list(_adopted(asked))}, _show_history)


def diff(
    institution: Annotated[str, typer.Argument(metavar="INSTITUTION", help="如 datong")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="V", help="从哪一版（默认为后一版的前一版）")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="V", help="到哪一版（默认为最近采用的一版）")
    ] = None,
) -> None:
    """Print what changed."""
    asked = {"institution": institution, "from": since, "to": to}
    with _session() as session:
        answer = session.call("registry.compare_policies", asked)
    OUTPUT.answer(answer, _show_diff)


def _session() -> closing[Session]:
    # What looks at files alone needs no service, and starts sooner.
    from apps.cli.session import Session  # noqa: PLC0415

    return closing(Session())


def _adopted(asked: dict[str, Any]) -> Iterator[Any]:
    with _session() as session:
        while True:
            page = session.call("registry.list_policies", asked)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            asked |= {"cursor": page["next_cursor"]}


def _show_history(answer: Any) -> None:
    shown = None
    for row in answer["items"]:
        if row["institution"] != shown:
            shown = row["institution"]
            typer.echo(shown)
        typer.echo(f"  {_version(row)}")
        if row["previous"] is not None:
            typer.echo(f"      较 {row['previous']} 改动 {row['changes']} 处")
    if not answer["items"]:
        typer.echo("没有采用过的版本。")


def _show_diff(answer: Any) -> None:
    for title, row in (("从", answer["from"]), ("到", answer["to"])):
        typer.echo(f"{title}  {_version(row) if row else '（此前没有采用过的版本）'}")
    for change in answer["changes"]:
        typer.echo(f"  {change['text']}")
    typer.echo(f"共 {len(answer['changes'])} 处改动。")


def _version(row: Any) -> str:
    at = instants.shanghai(instants.parse(row["adopted_at"]))
    said = "未写新的版本日期，以载入之日为准" if row["undated"] else row["summary"]
    return f"{row['version']}  自 {row['effective_from']} 起生效  {said}  （{at:%Y-%m-%d %H:%M} 载入）"
