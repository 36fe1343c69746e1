"""Arguments of importing a roster (docs/interface.md, "Registry")."""

from __future__ import annotations

from marshmallow import fields

from kernel.schemas import ArgumentSchema, boolean, identifier, integer, listed, uuid_text
from services.registry.schemas.file import FileFields, own, short

_BIG = 2**31 - 1


class ImportedPerson(FileFields):
    row = integer(1, _BIG, optional=True)
    staff_number = own(optional=False, limit=40)
    name = short(optional=False, limit=100)


class ImportRoster(ArgumentSchema):
    """The rows are read by `ImportedPerson`, one by one, so that a bad one is refused alone."""

    command_id = uuid_text()
    institution = identifier()
    batch = uuid_text()
    rows = listed(fields.Raw(allow_none=True), limit=500)
    dry_run = boolean()


class UndoImport(ArgumentSchema):
    command_id = uuid_text()
    batch = uuid_text()
