"""The `zhitongche` command (docs/interface.md, "Command line").

Exit codes: 0 done; 1 refused or a fault found; 2 the call's words are off. An error is one line in Chinese
with its code, never a traceback; with `--json` stdout holds exactly one JSON document, also then.
"""

from __future__ import annotations

import logging
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from apps.cli.log_lines import JsonLines
from apps.cli.output import DONE, MISUSED, OUTPUT, REFUSED
from apps.cli.results import FaultFound, Misused
from apps.cli.usage import Commands, sentence_of
from kernel.refusals import Refusal, TooLarge
from kernel.runtime.calls import REQUEST_LIMIT
from kernel.trouble import internal_error

# nameko imports eventlet, whose farewell concerns us not: nothing here runs on it.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

app = Commands(help="直通车：意见建议从提交到答复，每一步都有记录、可核对。")

INTERRUPTED = 130
# Loading every command takes longer than most commands run, so only the one that is asked for is loaded.
_MODULES = {
    "demo": "demo",
    "call": "calling",
    "token": "tokens",
    "import": "importing",
    "export": "exporting",
    "latency": "reporting",
    "policy": "policies",
    "log": "logs",
}


@app.callback(invoke_without_command=True)
def entry(
    context: typer.Context,
    *,
    show_version: Annotated[bool, typer.Option("--version", help="显示版本")] = False,
) -> None:
    """Print the version, or ask for a command."""
    if show_version:
        number = version("zhitongche")
        OUTPUT.answer({"version": number}, lambda _: typer.echo(f"zhitongche {number}"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise Misused("缺少命令；zhitongche --help 列出全部命令")


def run(words: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    words = list(sys.argv[1:] if words is None else words)
    OUTPUT.as_json = "--json" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character must not end the command.
            stream.reconfigure(errors="replace")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    sys.exit(_run([word for word in words if word != "--json"]))


def _run(words: list[str]) -> int:
    try:
        _load(words)
        code = app(args=words, prog_name="zhitongche", standalone_mode=False)
    except Refusal as refusal:
        OUTPUT.refused(refusal)
        return REFUSED
    except FaultFound:
        return REFUSED
    except typer.TyperException as misuse:
        OUTPUT.failed("usage", f"命令用法有误：{sentence_of(misuse)}")
        return MISUSED
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as fault:  # noqa: BLE001 - people get one line; the log has the rest
        return _unexpected(fault)
    return code if isinstance(code, int) else DONE


def _load(words: list[str]) -> None:
    """Register the command that the words name; all of them for help and for a name that is not there."""
    named = next((word for word in words if not word.startswith("-")), "")
    if named or "--version" not in words:
        import_module(f"apps.cli.{_MODULES.get(named, 'commands')}")


def _unexpected(fault: Exception) -> int:
    from apps.cli.faults import sentence_of as sentence_of_fault  # noqa: PLC0415 - loads the database's library

    if isinstance(fault, BrokenPipeError):
        return REFUSED
    known = sentence_of_fault(fault)
    if known is not None:
        OUTPUT.failed(*known)
        return REFUSED
    OUTPUT.refused(internal_error(fault, "command"))
    return REFUSED


def arguments_of(text: str | None) -> dict[str, Any]:
    """The JSON object of `JSON|@FILE|-`; a usage error for anything else, `TooLarge` for more than 1 MiB."""
    raw = ("{}" if text is None else text).encode("utf-8", "surrogateescape")
    try:
        if raw == b"-":
            raw = sys.stdin.buffer.read(REQUEST_LIMIT + 1)
        elif raw.startswith(b"@"):
            with Path(str(text)[1:]).open("rb") as file:
                raw = file.read(REQUEST_LIMIT + 1)
        if len(raw) > REQUEST_LIMIT:
            raise TooLarge({"limit": REQUEST_LIMIT})
        # Windows editors put a byte order mark before the text.
        document = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except OSError as fault:
        raise Misused(f"无法读取 {text}") from fault
    except ValueError as fault:
        raise Misused("参数不是合法的 JSON") from fault
    if not isinstance(document, dict):
        raise Misused("参数应为一个 JSON 对象")
    return document


Institution = Annotated[
    str | None, typer.Option("--institution", metavar="I", help="单位编号，如 datong；不写为全部单位")
]
