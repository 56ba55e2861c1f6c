// @event-driven-io/emmett-postgresql, by its own appendToStream, on a pool of node-postgres.

import { randomUUID } from "node:crypto";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import pg from "pg";
import { drive } from "./driver.js";

const { url, event, connections } = JSON.parse(process.env.ALMANAC_BENCH_PEER);
const pool = new pg.Pool({ connectionString: url, max: connections });
const store = getPostgreSQLEventStore(url, { connectionOptions: { pooled: true, pool } });
await store.schema.migrate();

await drive(
  async () => {
    const id = randomUUID();
    const data = { ...event, appointment_id: id };
    await store.appendToStream(`appointment-${id}`, [{ type: "AppointmentBooked", data }], {
      expectedStreamVersion: "STREAM_DOES_NOT_EXIST",
    });
  },
  async () => {
    await store.close();
    await pool.end();
  },
);
