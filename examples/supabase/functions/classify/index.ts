/**
 * Classifies images in a Supabase Edge Function: `POST /functions/v1/classify` with
 * a JPEG, PNG or WebP.
 *
 * @module
 */
import { load } from "@totem/inception";
import { createHandler } from "@totem/inception/server";

/** Where the weights are: an address of Supabase's storage, or else a file here. */
const MODEL = Deno.env.get("MODEL_URL") ??
  new URL("model.safetensors", import.meta.url);

const handler = createHandler({
  // int8 alone fits in 256 MB and 2 seconds; 7 bits give the same answer on every
  // machine, as fast as it can.
  classifier: () => load(MODEL, { precision: "int8", activationBits: 7 }),
  maxBodyBytes: 8 * 2 ** 20,
});

Deno.serve((request) => handler(withoutName(request)));

/**
 * Supabase puts the function's name before each path: `/classify` stays what it is,
 * and `/classify/features` becomes `/features`.
 */
function withoutName(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith("/classify/")) return request;
  url.pathname = url.pathname.slice("/classify".length);
  return new Request(url, request);
}
