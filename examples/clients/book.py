"""Books a visit by command: ``python examples/clients/book.py KAFKA ALMANAC SYSTEM < visit.json``."""

import asyncio
import json
import sys
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwe, jwk


async def main(kafka: str, almanac: str, system: str) -> None:
    visit, id = json.load(sys.stdin), str(uuid4())
    key = jwk.ECKey.import_key(httpx.get(f"{almanac}/v1/keys").json()["keys"][0])  # noqa: ASYNC210 - alone
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.kid}
    visit["patient"]["value"] = jwe.encrypt_compact(header, visit["patient"]["value"].encode(), key)
    event = {"id": id, "source": f"urn:example:{system}", "type": "almanac.commands.BookAppointment.v1"}
    headers = [(f"ce_{name}", text.encode()) for name, text in ({"specversion": "1.0"} | event).items()]
    answers = AIOKafkaConsumer(
        f"almanac.command-results.{system}", bootstrap_servers=kafka, auto_offset_reset="earliest"
    )
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer, answers:
        command = json.dumps(visit).encode()
        await producer.send_and_wait(f"almanac.commands.{system}", command, id.encode(), headers=headers)
        async for answer in answers:
            if ("ce_causationid", id.encode()) in answer.headers:
                print(dict(answer.headers)["ce_type"].decode(), answer.value.decode())
                return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
