"""The house rules hold for every file, and each is shown to see what it forbids and to leave the rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import house_rules as rules

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for top in ("kernel", "services", "apps", "tests", "bench")
    for path in sorted((ROOT / top).rglob("*.py"))
    if "versions" not in path.parts
]
WORDS = [
    path
    for top in (
        "kernel",
        "services",
        "apps",
        "tests",
        "bench",
        "docs",
        "deploy",
        "policies",
        ".ci",
        "requirements",
    )
    for path in sorted((ROOT / top).rglob("*"))
    if path.is_file() and path.suffix not in (".pyc", ".xlsx", ".db", ".png") and "vendored" not in path.parts
] + [
    path
    for path in sorted(ROOT.iterdir())
    # `.git` is a file in a linked work tree.
    if path.is_file() and path.suffix not in (".pyc", ".db") and path.name != ".git"
]
LISTS = ["build", "run", "dev"]


def faults(rule, files):
    return [
        fault for path in files for fault in rule(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    ]


def requirements(name: str) -> str:
    return (ROOT / "requirements" / name).read_text()


@pytest.mark.parametrize("rule", [rules.long_file, rules.long_functions, rules.empty_names, rules.prints])
def test_code_keeps_the_rule(rule):
    assert faults(rule, CODE) == []


def test_no_text_names_a_path_of_the_machine_it_was_written_on():
    assert faults(rules.machine_paths, WORDS) == []


@pytest.mark.parametrize("name", LISTS)
def test_requirements_are_pinned_hashed_and_name_no_host(name):
    path = ROOT / "requirements" / f"{name}.txt"
    assert faults(rules.registry_hosts, [path, path.with_suffix(".in"), ROOT / "pyproject.toml"]) == []
    assert faults(rules.unhashed, [path]) == []


@pytest.mark.parametrize("name", LISTS)
def test_the_compiled_list_answers_the_written_one(name):
    assert rules.disagreements(requirements(f"{name}.in"), requirements(f"{name}.txt")) == []


def test_tests_run_on_the_versions_that_are_shipped():
    shipped, tested = rules.pins(requirements("run.txt")), rules.pins(requirements("dev.txt"))
    assert {name: tested[name] for name in shipped if name in tested} == {
        name: shipped[name] for name in shipped if name in tested
    }


def test_every_exception_is_still_needed_and_says_why():
    for name, reason in rules.EXCEPTIONS.items():
        path, _, function = name.partition("::")
        assert len(reason.split()) > 3, name
        text = (ROOT / path).read_text()
        assert f"def {function}(" in text if function else text.count("\n") > rules.MOST_LINES, name


PINNED = "a-b==1.0 \\\n    --hash=sha256:00\n    # via x\n"
EXAMPLES = [
    (rules.long_file, "kernel/a.py", "x\n" * 300, "x\n" * 301),
    (rules.long_file, "tests/a.py", "", "\n" * 900),
    (rules.long_functions, "apps/a.py", "def f():\n" + "    x\n" * 29, "def f():\n" + "    x\n" * 30),
    (rules.long_functions, "tests/a.py", "def f():\n" + "    x\n" * 29, "def f():\n" + "    x\n" * 30),
    (rules.long_functions, "tests/faults/a.py", "def f():\n" + "    x\n" * 39, "def f():\n" + "    x\n" * 40),
    (
        rules.long_functions,
        "apps/a.py",
        'class A:\n    async def f():\n        """A\n' + "\n" * 40 + '        """\n',
        "class A:\n    async def f():\n" + "        x\n" * 30,
    ),
    (rules.prints, "kernel/a.py", "log('print')", "print('x')"),
    (rules.prints, "services/f/a.py", "x.print(1)", "def f():\n    print(1)"),
    (rules.machine_paths, "docs/a.md", "see docs/work/a and ./tmp/x", "see /" + "work/x"),
    (rules.machine_paths, "a.toml", "/usr/lib/x and /api/v1/home/x", 'path = "/' + 'home/someone"'),
    (rules.registry_hosts, "r.txt", PINNED, "a @ https://example.org/a.whl"),
    (rules.registry_hosts, "r.txt", "-c run.txt", "--anything x"),
    (rules.unhashed, "r.txt", PINNED + PINNED, PINNED + "c==2\n"),
    (rules.unhashed, "r.txt", PINNED, "a>=1 \\\n    --hash=sha256:00\n"),
]


@pytest.mark.parametrize(("rule", "path", "good", "bad"), EXAMPLES)
def test_a_rule_sees_what_it_forbids_and_nothing_else(rule, path, good, bad):
    assert rule(path, good) == []
    assert len(rule(path, bad)) == 1


@pytest.mark.parametrize(
    "path", ["kernel/utils.py", "services/x/common/ticket.py", "apps/base.py", "tests/misc/a.py"]
)
def test_a_name_that_says_nothing_is_seen(path):
    assert len(rules.empty_names(path, "")) == 1
    assert rules.empty_names("services/feedback/domain/basement.py", "") == []


@pytest.mark.parametrize(
    ("wanted", "compiled", "wrong"),
    [
        ("a_b>=1,<2\n-c run.txt\n# note", PINNED, 0),
        ("a-b[x]==1.0", PINNED, 0),
        ("a-b>=2", PINNED, 1),
        ("c", PINNED, 1),
    ],
)
def test_lists_that_disagree_are_seen(wanted, compiled, wrong):
    assert len(rules.disagreements(wanted, compiled)) == wrong
