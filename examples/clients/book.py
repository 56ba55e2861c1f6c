"""Books a visit by command: ``python examples/clients/book.py KAFKA ALMANAC SYSTEM < visit.json``."""

import asyncio
import json
import logging
import sys
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from joserfc import jwe, jwk


async def book(kafka: str, almanac: str, system: str) -> None:
    """The whole client; below it stands only what to say when it can't be done."""
    visit = json.load(sys.stdin)
    key = jwk.import_key(httpx.get(f"{almanac}/v1/keys").json()["keys"][0])  # noqa: ASYNC210 - alone
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.kid}
    visit["patient"]["value"] = jwe.encrypt_compact(header, visit["patient"]["value"], key)
    id, body = str(uuid4()), json.dumps(visit).encode()
    event = {"id": id, "source": f"urn:example:{system}", "type": "almanac.commands.BookAppointment.v1"}
    headers = [(f"ce_{name}", text.encode()) for name, text in ({"specversion": "1.0"} | event).items()]
    server = {"bootstrap_servers": kafka, "request_timeout_ms": 5_000}
    answers = AIOKafkaConsumer(f"almanac.command-results.{system}", **server)
    async with answers, AIOKafkaProducer(**server) as producer:
        await answers.seek_to_end()  # before the command is sent, so that its answer comes after
        await producer.send_and_wait(f"almanac.commands.{system}", body, headers=headers)
        async for answer in answers:
            if ("ce_causationid", id.encode()) in answer.headers:
                print(dict(answer.headers)["ce_type"].decode(), answer.value.decode())
                return


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print("usage: book.py KAFKA ALMANAC SYSTEM < visit.json", file=sys.stderr)
        sys.exit(2)
    kafka, almanac, system = sys.argv[1:]
    logging.disable()  # the libraries tell the same in many lines
    try:
        asyncio.run(asyncio.wait_for(book(kafka, almanac, system), timeout=30))
    except UnknownTopicOrPartitionError:
        sys.exit(f"{system} has no topics at {kafka}: almanac system register {system}")
    except KafkaError as error:
        sys.exit(f"Kafka at {kafka} can't be reached, or refuses: {type(error).__name__}")
    except httpx.HTTPError as error:
        sys.exit(f"Almanac at {almanac} can't be reached: {error}")
    except (KeyError, TypeError, ValueError) as error:
        sys.exit(f"not a visit with a patient's number, or no key at {almanac}/v1/keys: {error!r}")
    except TimeoutError:
        sys.exit("no answer within 30 s")
