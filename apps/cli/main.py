"""The `zhitongche` command (docs/interface.md, "Command line").

Exit codes: 0 done; 1 refused or a fault found; 2 the call's words are off. An error is one line in Chinese
with its code, never a traceback; with `--json` stdout holds exactly one JSON document, also then.
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import orjson
import structlog
import typer

from apps.cli.output import DONE, MISUSED, OUTPUT, REFUSED
from apps.cli.results import FaultFound, Misused
from kernel.refusals import Refusal
from kernel.trouble import internal_error, places

# nameko imports eventlet, whose farewell concerns us not: nothing here runs on it.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="直通车：意见建议从提交到答复，每一步都有记录、可核对。任何命令加 --json 输出一个 JSON 文档。",
)

INTERRUPTED = 130


def run(words: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    words = list(sys.argv[1:] if words is None else words)
    OUTPUT.as_json = "--json" in words
    _configure_logs()
    sys.exit(_run([word for word in words if word != "--json"]))


def _run(words: list[str]) -> int:
    import apps.cli.commands  # noqa: F401, PLC0415 - registers itself on `app`

    try:
        code = app(args=words, prog_name="zhitongche", standalone_mode=False)
    except Refusal as refusal:
        OUTPUT.refused(refusal)
        return REFUSED
    except FaultFound:
        return REFUSED
    except typer.TyperException as misuse:
        OUTPUT.failed("usage", f"命令用法有误：{misuse}")
        return MISUSED
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as fault:  # noqa: BLE001 - people get one line; the log has the rest
        return _unexpected(fault)
    return code if isinstance(code, int) else DONE


def _unexpected(fault: Exception) -> int:
    from apps.cli.faults import sentence_of  # noqa: PLC0415

    if isinstance(fault, BrokenPipeError):
        return REFUSED
    known = sentence_of(fault)
    if known is not None:
        OUTPUT.failed(*known)
        return REFUSED
    OUTPUT.refused(internal_error(fault, "command"))
    return REFUSED


def _configure_logs() -> None:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _without_messages(_logger: Any, _name: str, line: Any) -> Any:
    """Replace a traceback by classes and places: messages and local values may be personal data or keys."""
    info = line.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info is True else info[1]
        line["error"] = " caused by ".join(places(error)) if error else None
    return line


def arguments_of(text: str | None) -> dict[str, Any]:
    """The JSON object of `JSON|@FILE|-`; a usage error for anything else."""
    raw = "{}" if text is None else text
    try:
        if raw == "-":
            raw = sys.stdin.read()
        elif raw.startswith("@"):
            raw = Path(raw[1:]).read_text(encoding="utf-8")
        document = orjson.loads(raw)
    except OSError as fault:
        raise Misused(f"无法读取 {text}") from fault
    except ValueError as fault:
        raise Misused("参数不是合法的 JSON") from fault
    if not isinstance(document, dict):
        raise Misused("参数应为一个 JSON 对象")
    return document


Institution = Annotated[str | None, typer.Option("--institution", help="单位（政策包）编号")]
