"""The roster at the edge: people kept in Excel become rows for the registry, or placed faults; and back."""

from apps.cli.roster.columns import LABELS
from apps.cli.roster.reading import Roster, read_roster
from apps.cli.roster.sending import import_roster, units_of
from apps.cli.roster.template import write_template
from apps.cli.roster.units import Units

__all__ = ["LABELS", "Roster", "Units", "import_roster", "read_roster", "units_of", "write_template"]
