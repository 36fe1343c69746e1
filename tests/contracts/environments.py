"""Virtual environments for programs that are not ours: made once from hashed lists, kept in `.bootstrap/`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".bootstrap" / "venvs"
STOCK = ("nameko-2.14", "nameko-3.0")


def python_with(requirements: Path) -> Path:
    """The interpreter of an environment that holds exactly what the list names, and nothing of ours."""
    made_of = requirements.read_bytes() + sys.version.encode()
    target = (
        CACHE / f"{requirements.parent.name}-{requirements.stem}-{hashlib.sha256(made_of).hexdigest()[:12]}"
    )
    if not target.exists():
        _make(target, requirements)
    return target / "bin" / "python"


def stock_python(line: str) -> Path:
    """An interpreter that has one line of stock nameko, of `STOCK`."""
    return python_with(HERE / f"{line}.txt")


def stock_calls(
    python: Path, uri: str, *calls: list[Any], token: str = "a token", order: str = "one by one"
) -> list[dict[str, Any]]:
    """What a stock client's calls came to; a call is `[service, method, positional, named]`."""
    done = subprocess.run(
        [python, "-W", "ignore", HERE / "stock_caller.py"],
        input=json.dumps({"uri": uri, "token": token, "calls": calls, "order": order}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _make(target: Path, requirements: Path) -> None:
    """Beside its place first: another run may be making the same, and half an environment must not be found."""
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=CACHE))
    try:
        _run(sys.executable, "-m", "venv", "--without-pip", str(unfinished))
        interpreter = str(unfinished / "bin" / "python")
        pip = (sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet")
        _run(*pip, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(requirements))
        try:
            unfinished.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _run(*command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
