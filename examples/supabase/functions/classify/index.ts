/**
 * Classifies images in a Supabase Edge Function: `POST /functions/v1/classify`
 * with an image.
 *
 * @module
 */
import { load } from "@totem/inception/int8";
import { createHandler } from "@totem/inception/server";

/** Where the weights are: an address of Supabase's storage, or else a file here. */
const MODEL = Deno.env.get("MODEL_URL") ??
  new URL("model.safetensors", import.meta.url);

const handler = createHandler({
  // 7 bits give the same answer on every machine, as fast as it can.
  classifier: () => load(MODEL, { activationBits: 7 }),
  // With that it all fits in 256 MB, whatever comes.
  maxBodyBytes: 24 * 2 ** 20,
  maxBodyMemory: 8 * 2 ** 20,
  maxMemory: 48_000_000,
  queue: 8,
  // Pages of all origins may ask.
  cors: "*",
});

// Supabase chooses the address itself; elsewhere only this machine is to ask.
Deno.serve(
  { hostname: "127.0.0.1" },
  (request) => handler(withoutName(request)),
);

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
