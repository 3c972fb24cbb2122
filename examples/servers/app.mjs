/**
 * The code that the servers for Node and Bun share: their address, their handler, and
 * their shutdown.
 *
 * @module
 */
import process from "node:process";
import { load } from "@totem/inception";
import { createHandler } from "@totem/inception/server";

const { env } = process;

/**
 * The address. By default the server accepts connections from this machine only; HOST
 * changes that.
 */
export const address = {
  hostname: env.HOST ?? "127.0.0.1",
  port: Number(env.PORT ?? 8000),
};

const model = load(env.MODEL ?? "model.safetensors", {
  // Run as many images at once as there are cores.
  threads: "auto",
  threading: "throughput",
});

/** Handles HTTP requests. */
export const handler = createHandler({ classifier: () => model });

/**
 * Loads the model, while /healthz already responds and /readyz reports that it isn't
 * ready. Ends the process on SIGINT and SIGTERM, after answering open requests.
 *
 * @param {number} port The port that the server listens on.
 * @param {() => Promise<unknown>} close Stops listening, and waits for open requests.
 */
export async function run(port, close) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      console.log(`${signal}: answering what is under way`);
      await handler.drain(); // Meanwhile it refuses new requests, and /readyz responds with 503.
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
