"""Letters at the edge: a mailbox kept in Excel becomes rows for the service, or placed faults."""

from apps.cli.letters.mailbox import Mailbox, read_mailbox
from apps.cli.letters.report import write_report
from apps.cli.letters.rows import Letter, RowFault
from apps.cli.letters.sending import import_letters

__all__ = ["Letter", "Mailbox", "RowFault", "import_letters", "read_mailbox", "write_report"]
