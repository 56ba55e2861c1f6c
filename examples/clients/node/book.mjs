// Books a visit by command: node examples/clients/node/book.mjs KAFKA ALMANAC SYSTEM < visit.json
import { json } from "node:stream/consumers";
import { CloudEvent, Kafka as binding } from "cloudevents";
import { CompactEncrypt, importJWK } from "jose";
import { Kafka, logLevel } from "kafkajs";

// The whole client; below it stands only what to say when it can't be done.
async function book(kafka, almanac, system) {
  const visit = await json(process.stdin);
  const [key] = (await (await fetch(`${almanac}/v1/keys`)).json()).keys;
  const number = new CompactEncrypt(Buffer.from(visit.patient.value));
  number.setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid: key.kid });
  visit.patient.value = await number.encrypt(await importJWK(key));
  const type = "almanac.commands.BookAppointment.v1";
  const command = new CloudEvent({ source: `urn:example:${system}`, type, data: visit });
  // By way of JSON, which leaves out the headers that are undefined.
  const message = { ...JSON.parse(JSON.stringify(binding.binary(command))), value: JSON.stringify(visit) };

  const client = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING, retry: { retries: 2 } });
  const [producer, consumer] = [client.producer(), client.consumer({ groupId: `${system}.${command.id}` })];
  await Promise.all([producer.connect(), consumer.connect()]);
  await producer.send({ topic: `almanac.commands.${system}`, messages: [message] });
  await consumer.subscribe({ topic: `almanac.command-results.${system}`, fromBeginning: true });
  const answer = await new Promise((found, lost) => {
    const ours = ({ headers }) => String(headers.ce_causationid) === command.id;
    consumer.run({ eachMessage: async ({ message }) => ours(message) && found(message) }).catch(lost);
  });
  console.log(String(answer.headers.ce_type), String(answer.value));
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
}

const [kafka, almanac, system, ...rest] = process.argv.slice(2);
if (!system || rest.length) {
  console.error("usage: book.mjs KAFKA ALMANAC SYSTEM < visit.json");
  process.exit(2);
}
const fail = (reason) => {
  console.error(reason);
  process.exit(1);
};
setTimeout(fail, 30_000, "no answer within 30 s").unref();
await book(kafka, almanac, system).catch((error) => {
  if (error.cause?.type === "UNKNOWN_TOPIC_OR_PARTITION")
    fail(`${system} has no topics at ${kafka}: almanac system register ${system}`);
  if (error.name.startsWith("KafkaJS"))
    fail(`Kafka at ${kafka} can't be reached, or refuses: ${error.message}`);
  if (error.message === "fetch failed")
    fail(`Almanac at ${almanac} can't be reached: ${error.cause.message}`);
  fail(`not a visit with a patient's number, or no key at ${almanac}/v1/keys: ${error.message}`);
});
