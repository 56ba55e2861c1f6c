"""The embedded Kafka: a real broker that a common client can use."""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def test_what_is_produced_is_consumed(kafka: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}letters"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait(topic, b"dear clinic", key=b"a")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"a", b"dear clinic")
