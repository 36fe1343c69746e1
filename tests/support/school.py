"""The school of most tests, as its policy pack names its letter box and units. `MACHINE` has a queue."""

SCHOOL, CHANNEL = "datong", "office_mailbox"
UNIT, SECOND_UNIT, MACHINE = "library", "personnel", "logistics"
QUEUE = f"tickets.{SCHOOL}.{MACHINE}"
