"""Letters at the edge: a mailbox kept in Excel becomes rows for the service, or placed faults."""

from apps.cli.letters.mailbox import Mailbox, read_mailbox
from apps.cli.letters.rows import Letter
from apps.cli.letters.sending import import_letters

__all__ = ["Letter", "Mailbox", "import_letters", "read_mailbox"]
