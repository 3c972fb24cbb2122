/**
 * Classifies images on Deno Deploy: `POST /classify` with a JPEG, PNG or WebP.
 *
 * @module
 */
import { load } from "@totem/inception";
import { createHandler } from "@totem/inception/server";

/** The README's first command makes it. */
const MODEL = new URL("model.safetensors", import.meta.url);

export default {
  fetch: createHandler({
    classifier: () => load(MODEL, { precision: "int8", activationBits: 7 }),
  }),
} satisfies Deno.ServeDefaultExport;
