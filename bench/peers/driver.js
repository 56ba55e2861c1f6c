// A peer as its driver: each line of standard input asks for one load, each line of output is its result.

import { createInterface } from "node:readline";
import { performance } from "node:perf_hooks";

// `append` appends one event to a new stream and resolves when it is durable.
export async function drive(append, close) {
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const { callers, seconds } = JSON.parse(line);
    console.log(JSON.stringify(await closedLoop(append, callers, seconds)));
  }
  await close();
}

async function closedLoop(append, callers, seconds) {
  const times = [];
  let failures = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  const call = async () => {
    for (let begin = performance.now(); begin < end; begin = performance.now()) {
      try {
        await append();
      } catch (error) {
        if (failures++ === 0) console.error(error);
      }
      times.push(Math.round((performance.now() - begin) * 1000) / 1000);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { seconds: (performance.now() - began) / 1000, failures, times };
}
