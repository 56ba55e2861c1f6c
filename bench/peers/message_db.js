// message-db: its own SQL, its own write_message, called through node-postgres by a prepared statement.

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { drive } from "./driver.js";

const { url, event, connections, categories } = JSON.parse(process.env.ALMANAC_BENCH_PEER);
const database = join(dirname(fileURLToPath(import.meta.url)), "node_modules/@eventide/message-db/database");

// As its install.sh does, without its statement that asks for pgcrypto: what it needs of that extension,
// gen_random_uuid, is built into PostgreSQL.
const parts = [
  "roles/message-store", "schema/message-store", "tables/messages", "types/message",
  "functions/message-store-version", "functions/hash-64", "functions/acquire-lock", "functions/category",
  "functions/is-category", "functions/id", "functions/cardinal-id", "functions/stream-version",
  "functions/write-message", "functions/get-stream-messages", "functions/get-category-messages",
  "functions/get-last-stream-message",
  "indexes/messages-id", "indexes/messages-stream", "indexes/messages-category",
];

const pool = new pg.Pool({
  connectionString: url,
  max: connections,
  options: "-c search_path=message_store,public",
});
if ((await pool.query("SELECT to_regclass('message_store.messages') AS there")).rows[0].there === null) {
  for (const part of parts) await pool.query(await readFile(join(database, `${part}.sql`), "utf8"));
}

let count = 0;
await drive(
  async () => {
    const id = randomUUID();
    // It takes a lock per category until the commit; one category is how a service would use it.
    const category = categories === 1 ? "appointment" : `appointment${count++ % categories}`;
    await pool.query({
      name: "write",
      text: "SELECT message_store.write_message($1, $2, $3, $4, $5, $6)",
      values: [
        randomUUID(),
        `${category}-${id}`,
        "AppointmentBooked",
        JSON.stringify({ ...event, appointment_id: id }),
        null,
        -1,
      ],
    });
  },
  () => pool.end(),
);
