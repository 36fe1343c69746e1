"""The registry: its routes, and what it is put together from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.application import CommandRoute
from kernel.building import Blueprint
from services.registry.access import ACCESS
from services.registry.handlers.career import CareerCommands
from services.registry.handlers.corrections import Corrections, needs_correction
from services.registry.handlers.figures import Figures
from services.registry.handlers.liaison import LiaisonCommands
from services.registry.handlers.organisation import (
    OrganisationCommands,
    needs_attendees,
    needs_group,
    needs_unit,
)
from services.registry.handlers.people import People, needs_nothing, needs_person
from services.registry.handlers.person import PersonCommands
from services.registry.handlers.policies import Adoption
from services.registry.handlers.pools import PoolCommands
from services.registry.handlers.reading import Reading, needs_read
from services.registry.handlers.roster import RosterCommands
from services.registry.handlers.scope import ScopeQuestions
from services.registry.handlers.searching import Searching
from services.registry.queries.corrections import CorrectionQueries
from services.registry.queries.lists import ListQueries
from services.registry.queries.organisation import OrganisationQueries
from services.registry.queries.policies import PolicyQueries
from services.registry.queries.reads import ReadQueries
from services.registry.queries.suggestions import SuggestionQueries
from services.registry.schemas import career, corrections, policies
from services.registry.schemas import organisation as organisational
from services.registry.schemas import person as schemas
from services.registry.schemas import roster as rosters
from services.registry.storage.office import Office
from services.registry.storage.tables import LOG, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.application import Schema
    from kernel.log.store import LogStore

NAME = "registry"
MIGRATIONS = Path(__file__).parent / "migrations"


def _commands(office: Office) -> dict[str, CommandRoute]:
    people = People(office)
    routes = _in_an_institution(people) | _readings(people) | _corrections(people)
    for owner, plan in _on_a_person(people).items():
        for method, schema in plan.items():
            routes[method] = CommandRoute(schema, needs_person, people.in_scope, getattr(owner, method))
    roster = RosterCommands(people)
    routes["undo_import"] = CommandRoute(
        rosters.UndoImport(), needs_nothing, roster.of_batch, roster.undo_import
    )
    return routes


def _in_an_institution(people: People) -> dict[str, CommandRoute]:
    persons, organisation, roster = PersonCommands(people), OrganisationCommands(people), RosterCommands(people)
    plan: dict[str, tuple[Schema, Any, Any]] = {
        "register_person": (schemas.RegisterPerson(), needs_nothing, persons),
        "import_roster": (rosters.ImportRoster(), needs_nothing, roster),
        "register_unit": (organisational.RegisterUnit(), needs_unit, organisation),
        "register_group": (organisational.RegisterGroup(), needs_group, organisation),
        "record_training": (organisational.RecordTraining(), needs_attendees, organisation),
    }
    return {
        method: CommandRoute(schema, needs, people.in_institution, getattr(owner, method))
        for method, (schema, needs, owner) in plan.items()
    }


def _on_a_person(people: People) -> dict[Any, dict[str, Schema]]:
    return {
        PersonCommands(people): {
            "amend_person": schemas.AmendPerson(),
            "retire_person": schemas.RetirePerson(),
            "erase_person": schemas.ErasePerson(),
        },
        CareerCommands(people): {
            "add_tenure": career.AddTenure(),
            "end_tenure": career.EndTenure(),
            "register_leader": career.RegisterLeader(),
            "recommend_person": career.RecommendPerson(),
            "record_contribution": career.RecordContribution(),
            "confirm_fact": career.ConfirmFact(),
        },
        PoolCommands(people): {
            "admit_to_pool": career.AdmitToPool(),
            "remove_from_pool": career.RemoveFromPool(),
        },
        LiaisonCommands(people): {"appoint_liaison": career.AppointLiaison()},
    }


def _readings(people: People) -> dict[str, CommandRoute]:
    """Questions that open files, and so are recorded."""
    reading = Reading(people)
    figures, scope = Figures(reading), ScopeQuestions(reading)
    one: dict[str, tuple[Schema, Any]] = {
        "get_person": (schemas.GetPerson(), reading),
        "explain_scope": (schemas.ExplainScope(), scope),
    }
    many: dict[str, tuple[Schema, Any]] = {
        "get_ratio": (schemas.GetRatio(), figures),
        "list_pool": (schemas.ListPool(), figures),
        "list_members": (schemas.ListMembers(), figures),
        "search_files": (schemas.SearchFiles(), Searching(reading)),
    }
    routes = {
        method: CommandRoute(schema, needs_read, people.in_scope, getattr(owner, method), reads=True)
        for method, (schema, owner) in one.items()
    }
    for method, (schema, owner) in many.items():
        asked = getattr(owner, method)
        routes[method] = CommandRoute(schema, needs_nothing, people.in_institution, asked, reads=True)
    own = CommandRoute(schemas.GetOwnFile(), needs_nothing, reading.has_own, reading.get_own_file, reads=True)
    return routes | {"get_own_file": own}


def _corrections(people: People) -> dict[str, CommandRoute]:
    reading = Reading(people)
    handlers = Corrections(reading)
    asked, answered = corrections.RequestCorrection(), corrections.AnswerCorrection()
    return {
        "request_correction": CommandRoute(asked, needs_nothing, reading.has_own, handlers.request_correction),
        "answer_correction": CommandRoute(
            answered, needs_correction, handlers.in_scope, handlers.answer_correction
        ),
    }


def _queries(office: Office) -> dict[str, tuple[Schema, Any]]:
    lists, reads, organisation = ListQueries(office), ReadQueries(office), OrganisationQueries(office)
    rules = PolicyQueries(office)
    return {
        "search_people": (schemas.SearchPeople(), lists),
        "list_reads": (schemas.ListReads(), reads),
        "list_corrections": (corrections.ListCorrections(), CorrectionQueries(office)),
        "list_units": (organisational.ListUnits(), organisation),
        "list_groups": (organisational.ListUnits(), organisation),
        "list_liaisons": (organisational.ListUnits(), organisation),
        "list_trainings": (schemas.ListTrainings(), organisation),
        "list_adopted": (schemas.ListAdopted(), SuggestionQueries(office)),
        "list_policies": (policies.ListPolicies(), rules),
        "get_policy": (policies.GetPolicy(), rules),
        "compare_policies": (policies.ComparePolicies(), rules),
    }


def _unfinished(office: Office, store: LogStore) -> list[Callable[[], None]]:
    return [office.finish_erasures, Adoption(office, store).adopt]


build = Blueprint(
    name=NAME,
    migrations=MIGRATIONS,
    access=ACCESS,
    log=LOG,
    live=WRITTEN,
    office=Office,
    commands=_commands,
    queries=_queries,
    unfinished=_unfinished,
).build
