/**
 * What the servers for Node and Bun share: where they listen, what they answer, and how
 * they end.
 *
 * @module
 */
import process from "node:process";
import { load } from "@totem/inception";
import { createHandler } from "@totem/inception/server";

const { env } = process;

/** Where to listen. Only this machine is answered, unless HOST says otherwise. */
export const address = {
  hostname: env.HOST ?? "127.0.0.1",
  port: Number(env.PORT ?? 8000),
};

const model = load(env.MODEL ?? "model.safetensors", {
  // As many images at once as there are cores.
  threads: "auto",
  threading: "throughput",
});

/** Answers requests. */
export const handler = createHandler({ classifier: () => model });

/**
 * Loads the model, during which /healthz is answered and /readyz isn't ready, and ends
 * the process on SIGINT and SIGTERM, when what is under way has been answered.
 *
 * @param {number} port Where it listens already.
 * @param {() => Promise<unknown>} close Stops that, and waits for open requests.
 */
export async function run(port, close) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      console.log(`${signal}: answering what is under way`);
      await handler.drain(); // New requests are refused meanwhile, and /readyz says 503.
      await close();
      process.exit(0);
    });
  }
  console.log(`Listening on http://${address.hostname}:${port}`);
  try {
    await handler.load();
    console.log("Ready");
  } catch ({ message, cause }) {
    console.error(cause?.message ?? message);
    process.exit(1);
  }
}
