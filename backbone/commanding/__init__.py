"""Commands from other systems over Kafka: who may send them, what becomes of each, how it is answered."""
