"""Who calls: secrets, signed actor tokens, and the table of who may do what."""
