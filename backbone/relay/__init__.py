"""From the store to Kafka: every committed event once, in order."""
