import { load, type LoadOptions } from "../../../mod.ts";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";

/** Deno's first five classes of a photo, on WASM. */
export async function answerOf(
  network: QuantizedNetwork,
  photo: URL,
  options: LoadOptions,
): Promise<{ readonly label: string; readonly probability: number }[]> {
  using classifier = await load(network, { backend: "wasm", ...options });
  return (await classifier.classify(await Deno.readFile(photo)))
    .map(({ label, probability }) => ({ label, probability }));
}
