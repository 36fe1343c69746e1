"""The roster at the edge: people kept in Excel become rows for the registry, or placed faults; and back."""

from apps.cli.roster.reading import Roster, read_roster
from apps.cli.roster.units import Units

__all__ = ["Roster", "Units", "read_roster"]
