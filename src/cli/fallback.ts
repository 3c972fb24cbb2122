import { backendName } from "../backends/check_backend.ts";
import type { Classifier } from "../classifier.ts";
import { displaySource } from "../io/address.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Warns of an int8 model that runs in f32, since no int8 backend runs here: it takes
 * more time and memory, and answers differ a little.
 *
 * @param source What the model is called.
 */
export function tellFallback(
  terminal: Terminal,
  source: string,
  { precision, backend, skippedBackends }: Classifier,
): void {
  if (precision === backend.precision || precision === "f32") return;
  const reasons = skippedBackends.filter((it) =>
    it.backend.precision === precision
  )
    .map((it) => `${backendName(it.backend)}: ${it.refusal}`);
  terminal.tellOnce(
    "warning",
    `${displaySource(source)} is int8, and runs as ${
      backendName(backend)
    }, slower and with slightly other answers: ${reasons.join("; ")}`,
  );
}
