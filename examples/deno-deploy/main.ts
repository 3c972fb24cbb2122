/**
 * Classifies images on Deno Deploy: `POST /classify` with an image.
 *
 * @module
 */
import { load } from "@totem/inception/int8";
import { createHandler } from "@totem/inception/server";

/** Made by the first command in the README. */
const MODEL = new URL("model.safetensors", import.meta.url);

export default {
  fetch: createHandler({
    // 7 bits give the same answers on every machine, at full speed.
    classifier: () => load(MODEL, { activationBits: 7 }),
    // With these limits, everything fits in 256 MB, whatever clients send.
    maxBodyBytes: 24 * 2 ** 20,
    maxBodyMemory: 8 * 2 ** 20,
    maxMemory: 48_000_000,
    queue: 8,
    // Pages of all origins may send requests.
    cors: "*",
  }),
} satisfies Deno.ServeDefaultExport;
