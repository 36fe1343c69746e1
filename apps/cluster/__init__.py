"""Private RabbitMQ and PostgreSQL nodes, and the whole distributed system on one machine."""
