/**
 * Loads tfjs and initialises one of its backends.
 *
 * @module
 */
import type { Tfjs } from "./execute.ts";

/** tfjs forgets a backend that is being initialised when another one starts. */
let last: Promise<unknown> = Promise.resolve();

/**
 * tfjs, with its backend `name` initialised and whatever was active before
 * still active; `null` where tfjs can't initialise it.
 *
 * @param register Imports the backend's package, and says where its files are.
 */
export function initialize(
  name: string,
  register: () => Promise<void>,
): Promise<Tfjs | null> {
  const next = last.catch(() => {}).then(async () => {
    const tf = await import("@tensorflow/tfjs-core");
    if (name in tf.engine().registry) return tf;
    await register();
    if (!(name in tf.engine().registryFactory)) return null;
    const previous = tf.getBackend();
    const quiet = tf.env().get("PROD");
    tf.env().set("PROD", true); // A failure is ours to report, not to be logged.
    try {
      if (!await tf.setBackend(name)) return null;
      tf.scalar(0).dispose(); // At its first tensor "cpu" logs what is faster.
      return tf;
    } finally {
      tf.env().set("PROD", quiet);
      if (previous) await tf.setBackend(previous);
    }
  });
  last = next;
  return next;
}
