"""Prints what happens to appointments, from the first event on: ``python examples/consume.py HOST:PORT``."""

import asyncio
import json
import logging
import sys

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError


async def main(bootstrap: str) -> None:
    async with AIOKafkaConsumer(
        "almanac.booking.appointments",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        async for record in consumer:
            event = {name: value.decode() for name, value in record.headers}
            visit = json.loads(record.value)
            print(event["ce_sequence"], event["ce_type"], visit["status"], visit["starts_at"], flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: consume.py HOST:PORT", file=sys.stderr)
        sys.exit(2)
    logging.disable()  # the library tells the same in many lines
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(0)
    except KafkaError as error:
        sys.exit(f"Kafka at {sys.argv[1]} can't be reached, or refuses: {type(error).__name__}")
