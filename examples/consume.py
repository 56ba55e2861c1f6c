"""Prints what happens to appointments, from the first event on: ``python examples/consume.py HOST:PORT``."""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer


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
    asyncio.run(main(sys.argv[1]))
