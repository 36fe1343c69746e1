"""National code tables: what people write in a cell, and the code that the standard gives it.

Pure: the tables are data (`tables/*.yaml`), read once when they are first asked for. Every table names its
standard and the entries that nobody has compared with the standard's own text. No table holds religion.
"""

from __future__ import annotations

from kernel.codes.loading import NAMES, TableFault, table
from kernel.codes.table import CodeTable, Entry, Rank

__all__ = ["NAMES", "CodeTable", "Entry", "Rank", "TableFault", "table"]
