"""How booking is asked over Kafka: a handler per command, with the bodies and the decisions that HTTP has."""
