"""An import contract that names what is allowed: a module made tomorrow is forbidden until somebody decides."""

from __future__ import annotations

import sys

from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """The source packages import themselves, the standard library and the allowed packages; nothing else."""

    type_name = "only"

    source_modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph, verbose):
        sources = {module.name for module in module_expressions_to_modules(graph, self.source_modules)}
        offences = sorted(
            (importer, imported)
            for source in sources
            for importer in {source, *graph.find_descendants(source)}
            for imported in graph.find_modules_directly_imported_by(importer)
            if not self._allowed(source, imported)
        )
        return ContractCheck(kept=not offences, metadata={"offences": offences})

    def _allowed(self, source, imported):
        if imported.partition(".")[0] in sys.stdlib_module_names:
            return True
        return any(
            imported == package or imported.startswith(package + ".")
            for package in {source, *self.allowed_modules}
        )

    def render_broken_contract(self, check):
        for importer, imported in check.metadata["offences"]:
            output.print_error(f"{importer} is not allowed to import {imported}")
