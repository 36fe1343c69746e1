"""Synthetic letters: plausible campus suggestions by people who say that they are synthetic."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from kernel.instants import SECOND, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLY_SHORTEST, REPLY_LONGEST = 10, 7_000
_BODY_SHORTEST, _BODY_LONGEST = 20, 3_000
_POOL = 256
_DAY = 86_400
_FROM, _UNTIL = (parse(f"{year}-01-01T00:00:00Z") // SECOND for year in (2015, 2025))
_WHOLE_MINUTES = 0.3
_NUMBERS_PER_SEED = 10_000_000
_SEEDS = 50_000_000

_PLACES = (
    "图书馆",
    "第一食堂",
    "第二食堂",
    "校车站",
    "体育馆",
    "实验楼",
    "教工之家",
    "校医院",
    "南门",
    "信息中心",
)
_MATTERS = (
    "座位预约",
    "开放时间",
    "菜品价格",
    "班次安排",
    "设备报修",
    "停车秩序",
    "网络信号",
    "无障碍通道",
    "青年教师周转房",
    "体检安排",
    "科研经费报销流程",
    "课程调停课通知",
)
_ASKS = ("建议", "咨询", "反映", "希望改进")
_SENTENCES = (
    "高峰时段排队时间较长，影响上课。",
    "周末也有不少老师和同学需要使用。",
    "希望能公布具体的时间表（含寒暑假）。",
    "去年提过一次，当时答复说正在研究。",
    "可否先在一个校区试行，再逐步推广？",
    "附近楼宇的老师都有同样的感受。",
    "如能提前一天在网上通知，会方便很多。",
    "目前的流程需要跑三个部门，能否合并办理？",
    "谢谢各位老师的辛苦工作！",
    "Wi-Fi 在二楼东侧基本连不上。",
)
_ANSWERS = (
    "您好，来信收悉。",
    "我们已会同有关部门到现场查看。",
    "经研究，拟于下学期开始调整。",
    "具体安排将在校园网公布，请留意。",
    "所需经费已列入年度预算。",
    "在此之前，请拨打服务电话报修。",
    "因场地条件所限，暂时无法全部解决，敬请谅解。",
    "感谢您对学校工作的关心和支持！",
)
# What mailboxes carry with them: indentation of the web page, left-overs of HTML, Windows quotation marks.
_SEAMS = ("", "", "", "\n", "\n\t\t\t\t\t", "<br/>", "&nbsp;&nbsp;", "\n\n", "　　")


class LetterDict(TypedDict):
    """A letter as `apps.cli.letters.Letter` has it, without its row; instants are µs UTC."""

    ref: str
    submitter: str
    title: str
    body: str
    received_at: int
    reply: str | None
    replied_at: int | None


class _Pools(NamedTuple):
    titles: list[str]
    bodies: list[str]
    replies: list[str]


def letters(seed: int, count: int, answered: float = 0.8) -> Iterator[LetterDict]:
    """`count` letters, the same for the same arguments; about the share `answered` of them has a reply.

    Numbers are unique within a seed and differ between seeds. Replies run from 10 to 7,000 characters.
    Times lie in 2015 to 2025, to the second, in part to the minute.
    """
    pools, state = _pools(seed)
    rng = random.Random()
    rng.setstate(state)
    first = (seed % _SEEDS + 1) * _NUMBERS_PER_SEED
    for number in range(first, first + count):
        received = _second(rng, rng.randrange(_FROM, _UNTIL))
        letter: LetterDict = {
            "ref": f"{number}" if number % 16 else f"0{number}",
            "submitter": f"合成用户{rng.randrange(10_000):04d}",
            "title": pools.titles[rng.randrange(_POOL)],
            "body": pools.bodies[rng.randrange(_POOL)],
            "received_at": received * SECOND,
            "reply": None,
            "replied_at": None,
        }
        if rng.random() < answered:
            letter["reply"] = pools.replies[rng.randrange(_POOL)]
            letter["replied_at"] = _second(rng, received + 60 + int(rng.expovariate(1 / (9 * _DAY)))) * SECOND
        yield letter


def _second(rng: random.Random, second: int) -> int:
    """Some mailboxes keep whole minutes; rounding is up, so that no reply comes before its letter."""
    return second + -second % 60 if rng.random() < _WHOLE_MINUTES else second


@lru_cache(maxsize=8)
def _pools(seed: int) -> tuple[_Pools, tuple[Any, ...]]:
    """The texts of a seed, and where its generator stands after them."""
    rng = random.Random(seed)
    titles = [
        f"{rng.choice(_ASKS)}：{rng.choice(_PLACES)}{rng.choice(_MATTERS)}（合成{i:03d}）" for i in range(_POOL)
    ]
    bodies = [_text(rng, _SENTENCES, _length(rng, _BODY_SHORTEST, _BODY_LONGEST)) for _ in range(_POOL)]
    lengths = [_length(rng, REPLY_SHORTEST, REPLY_LONGEST) for _ in range(_POOL)]
    lengths[:2] = [REPLY_SHORTEST, REPLY_LONGEST]
    replies = [_text(rng, _ANSWERS, length) for length in lengths]
    return _Pools(titles, bodies, replies), rng.getstate()


def _length(rng: random.Random, low: int, high: int) -> int:
    """Between the two, short ones far more often, as in real mailboxes."""
    return int(low * (high / low) ** rng.random() ** 1.5)


def _text(rng: random.Random, sentences: tuple[str, ...], length: int) -> str:
    """Exactly `length` characters that neither begin nor end with white space."""
    parts = ["这是合成数据，"]
    size = len(parts[0])
    while size < length:
        part = rng.choice(sentences) + rng.choice(_SEAMS)
        parts.append(part)
        size += len(part)
    return "".join(parts)[: length - 1].rstrip().ljust(length, "。")
