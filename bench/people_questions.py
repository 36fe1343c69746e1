"""What is asked of a registry full of people, with words that there are at every size."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from kernel.identity.secrets import Secrets
from kernel.names import readings
from kernel.paging import Cursors
from kernel.runtime.calls import Call
from services.registry.schemas.person import SearchPeople

if TYPE_CHECKING:
    from apps.synthetic.school import School
    from kernel.log.database import Database
    from kernel.settings import Settings

# People with whom every size begins.
_KNOWN = 10_000
_DEEP = 0.9
_MANY = "张"


class Question(NamedTuple):
    """What is asked; `page`: it is the first page of a list, which has a time to keep."""

    name: str
    method: str
    arguments: dict[str, Any]
    page: bool = True

    def call(self, token: str) -> Call:
        """As it comes in."""
        return Call(self.method, dict(self.arguments), {"auth_token": token})


_BROAD: dict[str, dict[str, Any]] = {
    "no filter": {},
    f"surname, {_MANY}": {"text": _MANY},
    "surname, zhang": {"text": "zhang"},
    "one initial, z": {"text": "z"},
    "two initials, zw": {"text": "zw"},
    "word, 教授": {"words": "教授"},
    "word, 处长": {"words": "处长"},
    "unit": {"unit": "library"},
    "party": {"party": "03"},
    f"{_MANY} and party": {"text": _MANY, "party": "03"},
    f"{_MANY} and a party of few": {"text": _MANY, "party": "11"},
    f"{_MANY} and 教授": {"text": _MANY, "words": "教授"},
    f"{_MANY}, ten years ago": {"text": _MANY, "as_of": "2015-06-30"},
    "no filter, ten years ago": {"as_of": "2015-06-30"},
    "nobody has the name": {"text": "虚构无人"},
    f"nobody: {_MANY}, unit and party of few": {"text": _MANY, "unit": "library", "party": "11"},
    f"nobody: {_MANY}, long before": {"text": _MANY, "as_of": "1930-01-01"},
}


def questions(school: School) -> list[Question]:
    """Pages of `search_people`, by what is looked for."""
    pack = school.pack_id
    searches = _BROAD | _by_name(school)
    return [
        Question(name, "search_files" if "party" in more else "search_people", {"institution": pack, **more})
        for name, more in searches.items()
    ]


def everywhere(listed: list[Question]) -> list[Question]:
    """The same of all institutions at once, where that may be asked."""
    return [
        one._replace(arguments={key: value for key, value in one.arguments.items() if key != "institution"})
        for one in listed
        if one.method == "search_people"
    ]


def _by_name(school: School) -> dict[str, dict[str, Any]]:
    """Names that many, few and like-sounding people of the school have."""
    known = list(islice(school.people(), _KNOWN))
    names = Counter(person["name"] for person in known)
    sounds = Counter("".join(reading) for name in names for reading in readings(name)[:1])
    common = next(name for name, _ in names.most_common() if len(name) > 1)
    rare = next(person["name"] for person in known if names[person["name"]] == 1 and len(person["name"]) == 3)
    alike = next(sound for sound, _ in sounds.most_common() if len(sound) < 8)
    long = next(sound for sound, _ in sounds.most_common() if len(sound) > 10)
    return {
        f"common name, {common}": {"text": common},
        f"rare name, {rare}": {"text": rare},
        f"homonyms, {alike}": {"text": alike},
        f"homonyms, {long}": {"text": long},
    }


def deep(settings: Settings, database: Database, pack_id: str) -> Question:
    """A page deep in the list of all, by its cursor, which is another at each size."""
    arguments = {"institution": pack_id}
    query = text("SELECT person_id FROM person WHERE institution = :one ORDER BY person_id LIMIT 1 OFFSET :at")
    with database.read() as connection:
        counted = text("SELECT count(*) FROM person WHERE institution = :one")
        count = connection.execute(counted, {"one": pack_id}).scalar_one()
        found = connection.execute(query, {"one": pack_id, "at": int(count * _DEEP)}).scalar_one()
    cursors = Cursors(Secrets.load(settings.secret_file).request_key)
    cursor = cursors.make(SearchPeople().read(arguments), [found])
    return Question("a page deep in the list", "search_people", arguments | {"cursor": cursor})


def files(database: Database, pack_id: str) -> list[Question]:
    """Questions that open files and write down that they did."""
    query = text("SELECT person_id FROM person WHERE institution = :one ORDER BY person_id LIMIT 1 OFFSET 100")
    with database.read() as connection:
        person = connection.execute(query, {"one": pack_id}).scalar_one()
    of_pack = {"institution": pack_id}
    asked = {
        "get_person": {"person_id": person},
        "explain_scope": {"person_id": person},
        "list_pool": of_pack | {"pool": "democratic_parties"},
        "get_ratio": of_pack,
    }
    return [Question(method, method, arguments, page=False) for method, arguments in asked.items()]
