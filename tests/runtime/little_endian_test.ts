import assert from "node:assert/strict";
import { load } from "../../mod.ts";

Deno.test("load() refuses a big-endian machine, and says that it is one", async () => {
  const { Uint16Array } = globalThis;
  const error = {
    name: "BackendUnavailableError",
    message:
      "Cannot read models as this machine must be little-endian: it is big-endian",
  };
  try {
    globalThis.Uint16Array = class extends Uint16Array {
      static override of(value: number) {
        return new Uint16Array([value << 8]);
      }
    } as typeof Uint16Array;
    for (const source of ["nsfw", "model.safetensors", new Response("")]) {
      await assert.rejects(load(source), error);
    }
  } finally {
    globalThis.Uint16Array = Uint16Array;
  }
});
