"""What nothing here may know of a person: the words of the clauses that are declined, and their kin.

A notion is looked for wherever something could be called by it: arguments, columns, events, files, answers,
messages, packs. Whatever is called so all the same stands in `ALLOWED` with the reason.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Notion(NamedTuple):
    """Chinese words, found anywhere in a text; English ones, found as a whole word of a name.

    `clauses` are those whose declined words ask for it; empty where no document asks, and the line is ours.
    """

    chinese: tuple[str, ...]
    english: tuple[str, ...]
    clauses: tuple[str, ...] = ()


NOTIONS: dict[str, Notion] = {
    "views": Notion(
        ("思想", "看法", "观点", "意识形态", "立场", "态度", "倾向", "价值观", "忠诚", "心态"),
        (
            *(
                "view",
                "views",
                "viewpoint",
                "opinion",
                "opinions",
                "thought",
                "thoughts",
                "thinking",
                "ideology",
            ),
            *("ideological", "stance", "attitude", "belief", "beliefs", "loyal", "loyalty", "leaning", "mood"),
            *("sentiment", "tendency", "mindset", "dynamics"),
        ),
        (
            *("DT-1.5", "DT-4.3", "DT-7.1", "YS-4.1", "YS-5.4.1", "SD-2.5"),
            *("CF-5.1.1", "CF-5.2", "CF-11.2", "MY-4.1", "MY-5.4.1"),
        ),
    ),
    "identification": Notion(
        ("认同", "政治引领", "思想教育"), ("identification", "identifies", "allegiance"), ("SD-4.1", "SD-2.5")
    ),
    "conduct at critical moments": Notion(
        ("表现", "关键时刻", "重大事件", "言论", "言行", "操守"),
        (
            *("performance", "conduct", "behaviour", "behavior", "critical", "incident", "incidents"),
            *("remarks", "utterance", "demeanour", "trustworthy", "reliability"),
        ),
        ("YS-5.3.2", "MY-5.3.2"),
    ),
    "religion": Notion(
        ("宗教", "信仰", "信教", "教派", "教徒"),
        ("religion", "religious", "faith", "church", "sect", "creed", "worship"),
        ("SD-4.2",),
    ),
    "family": Notion(
        ("家庭", "亲属", "家属", "配偶", "子女", "父母", "台属", "侨眷", "婚姻", "学生"),
        (
            *("family", "relative", "relatives", "spouse", "husband", "wife", "child", "children", "kin"),
            *("mother", "father", "parents", "marital", "marriage", "household", "student", "students"),
        ),
        ("SD-3.2",),
    ),
    "ties abroad": Notion(
        ("海外关系", "海外往来", "海外留学人员", "国别", "国籍", "护照", "境外", "侨居"),
        ("country", "nationality", "citizenship", "passport", "visa", "foreign", "emigration", "overseas"),
        ("CF-13",),
    ),
    "life": Notion(
        ("生活情况", "生活状况", "私生活", "健康"), ("life", "lifestyle", "health", "hobby"), ("CF-5.2",)
    ),
    "what a group is like": Notion(
        ("共性特征", "群体特征", "底数", "发展趋势"),
        ("trait", "traits", "characteristic", "characteristics", "typology", "trend"),
        ("DT-7", "DT-9.1", "CF-11.2"),
    ),
    "scores and labels": Notion(
        (
            "评分",
            "打分",
            "得分",
            "分数",
            "积分",
            "排名",
            "等级",
            "标签",
            "画像",
            "预测",
            "风险",
            "测评",
            "评级",
        ),
        (
            *("score", "scores", "scoring", "rank", "ranking", "grade", "rating", "ratings", "label", "labels"),
            *("tag", "tags", "profile", "prediction", "predicted", "risk", "points", "credit", "weight"),
            *("assessment", "evaluation", "appraisal"),
        ),
    ),
    "numbers of persons": Notion(
        ("身份证", "证件号"), ("identity_number", "id_card", "national_id", "ssn", "biometric", "fingerprint")
    ),
}
_STUDY = "an association, or study that ended, as the documents name them; with no country, and nobody abroad"
_OF_WORK = "the work of organisations and leaders, which may be assessed"
_OF_TITLES = "the rank of a professional title (正高, 副高 …), not of a person"
_NOT_ASKED = "the sentence says that it is not recorded"
_DOCUMENTS = (
    "a duty or a head in the words of the document; its value is who does what, and no field of a person"
)
# What is called so all the same: by where it stands and what it is called, with the reason.
ALLOWED: dict[tuple[str, str], str] = {
    ("arguments", "evaluation"): "a purpose that somebody states for reading a file",
    ("arguments", "rank"): _OF_TITLES,
    ("answers", "rank"): _OF_TITLES,
    ("files", "rank"): _OF_TITLES,
    ("answers", "points"): "the points of a suggestion, always empty; nothing of a person",
    ("columns", "fingerprint"): "of a message that nobody can answer",
    ("files", "overseas_association"): _STUDY,
    ("files", "overseas_chinese_federation"): _STUDY,
    ("files", "联络员条件；留学人员人才库（不记国别）"): _NOT_ASKED,
    ("programs", "联络员条件；留学人员人才库（不记国别）"): _NOT_ASKED,
    ("programs", "不登记宗教信仰、家庭成员、留学国家和身份证件号码。"): _NOT_ASKED,
    ("pack fields", "weight"): "how the document says that contributions count, in words: 重要参考",
    ("packs", "weight"): "how the document says that contributions count, in words: 重要参考",
    ("packs", "life"): "a topic that somebody may choose to talk about; what was said is kept nowhere",
    ("packs", "democratic_life_meeting"): "民主生活会: a meeting of leaders about themselves",
    ("packs", "思想引导工作好"): _DOCUMENTS,
    ("packs", "exchange_of_views"): _DOCUMENTS,
    ("packs", "就普遍关心的重点、热点和难点问题交换看法"): _DOCUMENTS,
    ("packs", "就普遍关心的重点、热点和难点问题交换看法，宣传党的方针政策"): _DOCUMENTS,
    ("packs", "opinions"): "suggestions and requests that somebody asked to be passed on",
    ("packs", "opinion_seeking"): "征求意见建议: asking for suggestions",
    **dict.fromkeys(
        [(where, "opinion_seeking_talk") for where in ("pack fields", "packs")],
        "征求意见建议: asking for suggestions",
    ),
    **{
        (where, name): _OF_WORK
        for where, names in {
            "pack fields": ("evaluation_duties", "open_points"),
            "packs": (
                *("annual_appraisal", "appraisal", "assessment", "external_assessment", "evaluation_duties"),
                *("indicator_points", "open_points", "work_points"),
            ),
        }.items()
        for name in names
    },
    **dict.fromkeys(
        [
            (where, f"overseas_{name}")
            for where in ("pack fields", "packs")
            for name in ("association_key_member", "chinese_federation_head", "study_ended")
        ],
        _STUDY,
    ),
    ("packs", "overseas_association_members"): _STUDY,
    ("packs", "overseas_chinese_representatives"): _STUDY,
    ("packs", "overseas_returned_association"): _STUDY,
    ("packs", "returned_from_overseas"): _STUDY,
    ("packs", "overseas_exchange"): "exchange and co-operation of the school, as a work item",
}
_PARTS = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")


def seen_in(text: str) -> list[str]:
    """The notions that a name or a sentence has in it."""
    parts = {part.lower() for part in _PARTS.split(text)}
    return [
        name
        for name, notion in NOTIONS.items()
        if any(word in text for word in notion.chinese)
        or any(word in parts if "_" not in word else word in text.lower() for word in notion.english)
    ]
