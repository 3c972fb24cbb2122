/**
 * Classifies images on Deno Deploy: `POST /classify` with an image.
 *
 * @module
 */
import { load } from "@totem/inception/int8";
import { createHandler } from "@totem/inception/server";

/** The README's first command makes it. */
const MODEL = new URL("model.safetensors", import.meta.url);

export default {
  fetch: createHandler({
    // 7 bits give the same answer on every machine, as fast as it can.
    classifier: () => load(MODEL, { activationBits: 7 }),
    // With that it all fits in 256 MB, whatever comes.
    maxBodyBytes: 24 * 2 ** 20,
    maxBodyMemory: 8 * 2 ** 20,
    maxMemory: 48_000_000,
    queue: 8,
    // Pages of all origins may ask.
    cors: "*",
  }),
} satisfies Deno.ServeDefaultExport;
