"""What the command line says of its own words: in Chinese, in one line, with exit code 2."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import typer.main
from rich.cells import cell_len

from apps.cli import commands, main, wording
from apps.cli.output import Output
from kernel.identity.actor import Role
from kernel.policy.pack import FORCES, TREATMENTS
from kernel.refusals import NotEligible
from services.feedback.domain.ticket.lifecycle import LIFECYCLE
from services.feedback.domain.ticket.stages import STAGES
from services.feedback.domain.ticket.states import State
from services.registry.domain.person.states import State as PersonState

ENGLISH = re.compile(
    "Usage|Options|Commands|Arguments|Missing|Invalid|Error|required|default|Show this|No such|Input|Value"
)

MISUSES = {
    "": "缺少命令",
    "lok verify": "没有命令 lok",
    "log": "缺少子命令",
    "log verfy": "没有命令 verfy",
    "import rooster x": "没有命令 rooster",
    "--versoin": "没有选项 --versoin",
    "demo --onec": "没有选项 --onec",
    "demo --once=3": "选项 --once 不带取值",
    "demo extra": "多出的内容 extra",
    "up --port x": "--port 应为整数",
    "serve": "缺少 SERVICE…",
    "serve nosuch --part none": "--part 只能是 rpc、log",
    "call": "缺少 SERVICE.METHOD",
    "call get_ticket": "方法应写作 服务.方法",
    "call feedback.get_ticket {} more": "多出的内容 more",
    "call feedback.get_ticket {": "参数不是合法的 JSON",
    "call feedback.get_ticket [1]": "参数应为一个 JSON 对象",
    'call feedback.get_ticket {"a":NaN}': "参数不是合法的 JSON",
    "call feedback.get_ticket @/nonexistent/file": "无法读取 @/nonexistent/file",
    "call feedback.get_ticket @": "无法读取 @",
    "call feedback.get_ticket {} --role boss": "--role 只能是 submitter、operator、",
    "call feedback.get_ticket {} --role handler": "--institution 和 --unit",
    "call feedback.get_ticket {} --role handler --unit library": "--institution 和 --unit",
    "call feedback.get_ticket {} --token x --role auditor": "--token 不能与",
    "call feedback.get_ticket {} --token x --subject me": "--token 不能与",
    "call feedback.get_ticket {} --subject=": "--subject 不能为空",
    "call feedback.get_ticket {} --institution=": "--institution 和 --unit 不能为空",
    "token": "缺少 --subject",
    "token --subject a": "缺少 --role",
    "token --subject": "选项 --subject 后面缺少取值",
    "token --subject a --role handler --unit library": "--institution 和 --unit",
    "token --subject a --role handler --unit library --institution *": "--institution 和 --unit",
    "token --subject a\x00 --role admin": "--subject 不能为空，也不能含控制字符",
    "token --subject a --role admin --ttl 0": "--ttl 至少为 1",
    "token --subject a --role admin --ttl 99999999999": "--ttl 至多为 31622400",
    "token --subject a --role admin --ttl 1.5": "--ttl 应为整数",
    "token --subject a --role admin --institution NO": "只能用小写字母",
    "token --subject a --role admin --unit a_b": "只能用小写字母",
    "up --port 0": "--port 至少为 1",
    "up --port 65536": "--port 至多为 65535",
    "log replay feedback --as-of=": "--as-of 应为带时区偏移的时间",
    "log replay feedback --as-of 9999-12-31T23:59:59-23:00": "--as-of 应为带时区偏移的时间",
    "log tail feedback --after 99999999999999999999": "--after 至多为",
    "log verify --workers 0": "--workers 至少为 1",
    "log rebuild": "缺少 SERVICE",
    "log rebuild nosuch": "没有服务 nosuch",
    "policy check ..": "没有政策包 ..",
    "policy check ../policies/datong": "没有政策包 ../policies/datong",
    "policy check /": "没有政策包 /",
    "units --institution": "选项 --institution 后面缺少取值",
    "migrate nosuch": "没有服务 nosuch；可选：feedback、registry",
    "doctor now": "没有服务 now；可选：feedback、registry",
    "import letters": "缺少 FILE",
    "import letters x.xlsx --channel office_mailbox": "缺少 --institution",
    "import letters x.xlsx --institution datong": "缺少 --channel",
    "import letters x.xlsx --report": "选项 --report 后面缺少取值",
    "import roster x.xlsx": "缺少 --institution",
    "import roster --institution datong": "缺少 FILE",
    "import roster x.xlsx --institution datong --template y.xlsx": "--template 不能与 FILE 同用",
    "export roster --institution datong": "缺少 OUT.xlsx",
    "export roster x.xlsx": "缺少 --institution",
    "import calendar": "缺少 FILE",
    "import undo": "缺少 BATCH",
    "latency --by week": "--by 只能是 department、channel、month",
    "latency --from 2026-13-01": "--from 应为日期，如 2026-03-05",
    "latency --from 20260301": "--from 应为日期，如 2026-03-05",
    "latency --to 2026-02-30": "--to 应为日期，如 2026-03-05",
    "latency --to yesterday": "--to 应为日期，如 2026-03-05",
    "latency --from 2026-03-02 --to 2026-03-01": "--from 晚于 --to",
    "policy": "缺少子命令",
    "policy show": "缺少 PACK",
    "policy show nosuch": "没有政策包 nosuch",
    "policy check nosuch": "没有政策包 nosuch",
    "log verify nosuch": "没有服务 nosuch",
    "log diff": "缺少 SERVICE",
    "log replay nosuch": "没有服务 nosuch",
    "log replay feedback --as-of 2026-03-05": "--as-of 应为带时区偏移的时间",
    "log replay feedback --as-of 2026-03-05T09:00:00": "--as-of 应为带时区偏移的时间",
    "log export feedback out": "缺少 --format",
    "log export feedback out --format pdf": "--format 只能是 jsonl、xes、ocel",
    "log tail feedback --after -1": "--after 至少为 0",
    "log tail feedback --after x": "--after 应为整数",
}


@pytest.mark.parametrize("words", MISUSES)
def test_wrong_words_are_named_in_one_chinese_line_and_change_nothing(words, cli, home):
    said = cli(*words.split(" ")) if words else cli()
    assert said.line.startswith("命令用法有误：")
    assert said.refusal == "usage"
    assert MISUSES[words] in said.line
    assert not ENGLISH.search(said.line)
    assert not home.exists()


def test_with_json_wrong_words_are_one_document(cli):
    for words in (["--json"], ["latency", "--json", "--by", "week"], ["log", "--json"]):
        said = cli(*words)
        assert said.code == 2
        assert said.error["code"] == "usage"
        assert said.err == ""


def test_words_with_line_breaks_or_broken_bytes_still_make_one_line(cli):
    assert "没有服务 a b" in cli("migrate", "a\nb").line
    said = cli("migrate", "\udcff", "--json")
    assert said.code == 2
    assert "没有服务 ?" in said.error["message"]
    assert cli("call", "feedback.get_ticket", "\udcff").code == 2


def everything():
    """The words of every command and group there is."""
    assert commands.__all__

    def walk(command, words):
        yield words
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, [*words, name])

    return [" ".join(words) for words in walk(typer.main.get_command(main.app), [])]


@pytest.mark.parametrize("words", everything())
def test_help_is_chinese_fits_a_terminal_and_is_json_where_asked(words, cli, home):
    said = cli(*words.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"用法：zhitongche {words}".rstrip())
    assert not ENGLISH.search(said.out)
    _, _, purpose, *rows = said.out.splitlines()
    assert cell_len(purpose) <= 110
    assert [line for line in rows if cell_len(line) > 80] == []
    listed = [line for line in rows if line.startswith("  ") and not line.startswith("   ")]
    unexplained = {"serve": ["  SERVICE…", "  --part"]}.get(words, [])
    assert [line for line in listed if line not in unexplained and not re.search(r"\S  +\S", line)] == []
    assert cli(*words.split(), "--json", "--help").json == {"help": said.out.rstrip("\n")}
    assert not home.exists()


def test_help_of_the_whole_lists_every_command(cli):
    said = cli("--help").out
    for name in ("demo", "up", "serve", "migrate", "call", "token", "units", "doctor", "import", "latency"):
        assert re.search(rf"^  {name} +\S", said, re.MULTILINE)


def test_the_module_that_is_loaded_for_a_word_holds_its_command():
    callbacks = {each.name or each.callback.__name__: each.callback for each in main.app.registered_commands}
    for group in main.app.registered_groups:
        callbacks[group.name] = group.typer_instance.registered_commands[0].callback
    for name, module in main._MODULES.items():
        assert callbacks[name].__module__ == f"apps.cli.{module}"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (wording.STAGES, {stage.name for stage in STAGES}),
        (wording.STATES, set(State)),
        (wording.PERSON_STATES, set(PersonState)),
        (wording.STEPS, {event for step in LIFECYCLE for event in step.events}),
        (wording.ROLES, set(Role)),
        (wording.FORCES, set(FORCES)),
        (wording.TREATMENTS, set(TREATMENTS)),
    ],
    ids=["stages", "states", "states of people", "steps", "roles", "forces", "treatments"],
)
def test_every_name_that_is_shown_has_its_chinese_word_and_no_word_is_left_over(words, names):
    assert words.keys() == names


def test_a_refusal_names_its_clause_and_that_something_is_not_recorded(capsys):
    for unknown, told in ((False, "（CF-5）"), (True, "（CF-5；有规定所问的内容未登记，并非不符合）")):
        Output().refused(NotEligible({"unknown": unknown}, "CF-5"))
        assert capsys.readouterr().err == f"此人当日不符合规定的人选条件。{told} [not_eligible]\n"
    # And one without a clause stays as it was
    Output().refused(NotEligible())
    assert capsys.readouterr().err == "此人当日不符合规定的人选条件。 [not_eligible]\n"


def test_the_version_is_the_installed_one(cli):
    assert cli("--version").out == "zhitongche 0.1.0\n"
    assert cli("--version", "--json").json == {"version": "0.1.0"}


@pytest.mark.slow
def test_a_process_says_it_the_same_way(process):
    said = process("call")
    assert (said.code, said.line) == (2, "命令用法有误：缺少 SERVICE.METHOD [usage]")
    assert json.loads(process("--version", "--json").out) == {"version": "0.1.0"}


def test_asking_for_the_version_loads_no_service():
    words = "import sys; from apps.cli.main import run\ntry:\n run(['--version'])\nexcept SystemExit: pass\n"
    shown = subprocess.run(
        [sys.executable, "-c", words + "print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(shown.split())
    assert loaded.isdisjoint({"sqlalchemy", "marshmallow", "rich", "structlog", "psycopg", "nameko", "kombu"})
