// Books a visit by command: node examples/clients/node/book.mjs KAFKA ALMANAC SYSTEM < visit.json
import { text } from "node:stream/consumers";
import { CloudEvent, Kafka as binding } from "cloudevents";
import { CompactEncrypt, importJWK } from "jose";
import { Kafka } from "kafkajs";

const [kafka, almanac, system] = process.argv.slice(2);
const visit = JSON.parse(await text(process.stdin));
const [key] = (await (await fetch(`${almanac}/v1/keys`)).json()).keys;
visit.patient.value = await new CompactEncrypt(Buffer.from(visit.patient.value))
  .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid: key.kid })
  .encrypt(await importJWK(key));
const command = new CloudEvent({
  source: `urn:example:${system}`,
  type: "almanac.commands.BookAppointment.v1",
  datacontenttype: "application/json",
  data: visit,
});

const client = new Kafka({ brokers: [kafka], logLevel: 1 });
const [producer, consumer] = [client.producer(), client.consumer({ groupId: `${system}.${command.id}` })];
await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topic: `almanac.command-results.${system}`, fromBeginning: true });
const answered = new Promise((resolve) =>
  consumer.run({
    eachMessage: async ({ message: { headers, value } }) => {
      // KafkaJS gives bytes where the SDK expects text.
      const texts = Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]);
      const answer = binding.toEvent({ headers: Object.fromEntries(texts), value: value.toString() });
      if (answer.causationid === command.id) resolve(answer);
    },
  }),
);
const { headers } = binding.binary(command);
const present = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
await producer.send({
  topic: `almanac.commands.${system}`,
  messages: [{ key: command.id, headers: present, value: JSON.stringify(visit) }],
});
const { type, data } = await answered;
console.log(type, JSON.stringify(data));
await Promise.all([producer.disconnect(), consumer.disconnect()]);
