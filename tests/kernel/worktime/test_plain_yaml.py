from __future__ import annotations

import subprocess
import sys

import pytest

from kernel.worktime.plain_yaml import NotYaml, read


def test_words_hours_and_dates_stay_text():
    document = read("off: [2027-01-01, 14:00]\nanswer: no\nlocal: true\ndays: 10\nnothing:\n")
    assert document.value == {
        "off": ["2027-01-01", "14:00"],
        "answer": "no",
        "local": True,
        "days": 10,
        "nothing": None,
    }
    assert document.lines[("off", 1)] == 1
    assert document.lines[("days",)] == 4


def test_an_empty_text_holds_nothing():
    assert read("# nothing\n").value is None


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("a: 1\na: 2\n", 2, "twice"),
        ("a: 1\n2: b\n", 2, "not_a_key"),
        ("? [1]\n: 2\n", 1, "not_a_key"),
        ("a: &x [1]\nb: *x\n", 2, "alias"),
        ("a: &x [*x]\n", 1, "alias"),
        ("a: 1\nb: c: d\n", 2, "not_yaml"),
        ("a: 1\n--- \nb: 2\n", 2, "not_yaml"),
        ("a: \x00\n", 1, "not_yaml"),
        ("a:\n  !!python/object/apply:os.getpid []\n", 2, "not_yaml"),
        ("a: !!int ''\n", 1, "not_yaml"),
        ("a: !!bool maybe\n", 1, "not_yaml"),
        ("a: *nowhere\n", 1, "not_yaml"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text, line, code):
    with pytest.raises(NotYaml) as refused:
        read(text)
    assert (refused.value.line, refused.value.code) == (line, code)


@pytest.mark.parametrize("bracket", ["[", "{", "- "])
def test_a_bottomless_text_is_refused_and_does_not_end_the_process(bracket):
    # libyaml's composer would end it by overrunning the stack, so it is tried in a process of its own.
    program = (
        "import sys\n"
        "from kernel.worktime.plain_yaml import NotYaml, read\n"
        "try:\n    read(sys.argv[1] * 30_000)\n"
        "except NotYaml:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, bracket], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n")
