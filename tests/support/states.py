"""The lifecycle as a reader of events needs it, written down apart from the product."""

STATE_AFTER = {
    "ticket_submitted": "submitted",
    "ticket_accepted": "accepted",
    "ticket_declined": "declined",
    "ticket_assigned": "assigned",
    "ticket_returned": "accepted",
    "ticket_replied": "replied",
    "ticket_closed": "closed",
    "ticket_withdrawn": "withdrawn",
}
