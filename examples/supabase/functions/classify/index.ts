/**
 * Classifies images in a Supabase Edge Function: `POST /functions/v1/classify`
 * with an image.
 *
 * @module
 */
import { load } from "@totem/inception/int8";
import { createHandler } from "@totem/inception/server";

/** The weights: a URL in Supabase's storage, or a local file. */
const MODEL = Deno.env.get("MODEL_URL") ??
  new URL("model.safetensors", import.meta.url);

const handler = createHandler({
  // 7 bits give the same answers on every machine, at full speed.
  classifier: () => load(MODEL, { activationBits: 7 }),
  // With these limits, everything fits in 256 MB, whatever clients send.
  maxBodyBytes: 24 * 2 ** 20,
  maxBodyMemory: 8 * 2 ** 20,
  maxMemory: 48_000_000,
  queue: 8,
  // Pages of all origins may send requests.
  cors: "*",
});

// Supabase chooses the address; elsewhere, accept connections from this machine only.
Deno.serve(
  { hostname: "127.0.0.1" },
  (request) => handler(withoutName(request)),
);

/**
 * Supabase prefixes each path with the function's name. `/classify` stays as it is, and
 * `/classify/features` becomes `/features`.
 */
function withoutName(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith("/classify/")) return request;
  url.pathname = url.pathname.slice("/classify".length);
  return new Request(url, request);
}
