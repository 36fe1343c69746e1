"""How the command line explains itself: help and usage errors in Chinese.

Typer's own help speaks English, and its panels cut Chinese lines in a narrow terminal; so the help is written
here, from the same parameters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from apps.cli.output import OUTPUT
from apps.cli.results import Misused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WIDEST = 26
_EVERYWHERE = [("--help", "显示这段说明"), ("--json", "输出一个 JSON 文档")]
# What Typer says of wrong words, and what we say; `name` is the parameter, numbers are the pattern's groups.
_SENTENCES = (
    (r"Missing parameter: .*", "缺少 {name}"),
    (r"Missing command\.", "缺少子命令"),
    (r"No such command '(.*?)'.*", "没有命令 {0}"),
    (r"No such option: (\S+).*", "没有选项 {0}"),
    (r"Option '(.+)' requires an argument\.", "选项 {0} 后面缺少取值"),
    (r"Option '(.+)' does not take a value\.", "选项 {0} 不带取值"),
    (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", "多出的内容 {0}"),
    (r"Value error, .* is not one of (.*)\.", "{name} 只能是 {0}"),
    (r"Input should be greater than or equal to (\d+)", "{name} 至少为 {0}"),
    (r"Input should be less than or equal to (\d+)", "{name} 至多为 {0}"),
    (r"Input should be a valid integer.*", "{name} 应为整数"),
    (r"Value error, ([^A-Za-z].*)", "{name} {0}"),
)


def sentence_of(misuse: typer.TyperException) -> str:
    """What is wrong with the words, in Chinese."""
    if isinstance(misuse, Misused):
        return str(misuse)
    name = _name(getattr(misuse, "param", None))
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, str(misuse), re.DOTALL):
            return sentence.format(
                *(group.replace("'", "").replace(", ", "、") for group in found.groups()), name=name
            )
    return f"{name} 的取值不合要求"


class Commands(typer.Typer):
    """A group of commands whose help is Chinese."""

    def __init__(self, help: str) -> None:  # noqa: A002 - as Typer calls it
        super().__init__(cls=_Group, help=help, add_completion=False, pretty_exceptions_enable=False)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As Typer's."""
        return super().command(name, cls=_Command, **settings)


class _Helpful:
    """Writes the help text of a command or group."""

    def get_help(self: Any, ctx: Any) -> str:
        given = [_name(param, bare=False) for param in self.params if isinstance(param, TyperArgument)]
        commands = getattr(self, "commands", {})
        # The first clause says what a command is for; the rest stands in its own help.
        inside = [(name, re.split("[；。]", command.help)[0]) for name, command in commands.items()]
        words = [ctx.command_path, *given, *(["命令 …"] if inside else []), "[选项]"]
        rows = [*(_row(param) for param in self.params), *_EVERYWHERE]
        lines = [f"用法：{' '.join(words)}", "", self.help or "", "", *_table(inside), *_table(rows)]
        text = "\n".join(lines).rstrip()
        return orjson.dumps({"help": text}).decode() if OUTPUT.as_json else text


class _Command(_Helpful, TyperCommand):
    """One command."""


class _Group(_Helpful, TyperGroup):
    """A group of commands."""


def _name(param: Any, *, bare: bool = True) -> str:
    """What a person types, or stands for what they type."""
    if param is None:
        return "参数"
    if not isinstance(param, TyperArgument):
        return str(param.opts[0])
    name = str(param.metavar or param.name).strip("[]")
    return name if bare or param.required else f"[{name}]"


def _row(param: Any) -> tuple[str, str]:
    if isinstance(param, TyperArgument):
        return _name(param), param.help or ""
    notes = ["必填"] if param.required else []
    if param.default and not param.required:
        notes.append(f"默认 {param.default}")
    left = " ".join([", ".join(param.opts), *([param.metavar] if param.metavar else [])])
    return left, (param.help or "") + (f"（{'，'.join(notes)}）" if notes else "")


def _table(rows: list[tuple[str, str]]) -> Iterator[str]:
    widest = min(max((len(left) for left, _ in rows), default=0), _WIDEST)
    following = "\n" + " " * (widest + 4)
    yield from (f"  {left:<{widest}}  {following.join(right.splitlines())}".rstrip() for left, right in rows)
    if rows:
        yield ""
