/**
 * The answers that examples must give: bit for bit those of Deno here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Classifier, load } from "../../src/int8.ts";
import { writeNetwork } from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";

const IMAGES = new URL("../data/images/", import.meta.url);

/** The bytes of a small model. */
export async function narrowModel(): Promise<Uint8Array<ArrayBuffer>> {
  const { stream } = writeNetwork(await narrowNetwork());
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Opens a model with the options of the examples. */
export function openModel(file: Uint8Array<ArrayBuffer>): Promise<Classifier> {
  return load(new Response(file), { activationBits: 7 });
}

/** One image of each kind. */
export async function images(): Promise<
  ReadonlyMap<string, Uint8Array<ArrayBuffer>>
> {
  const names = ["color.jpg", "cmyk.jpg", "alpha.png", "lossy.webp"];
  return new Map(
    await Promise.all(
      names.map(async (name) =>
        [name, await Deno.readFile(new URL(name, IMAGES))] as const
      ),
    ),
  );
}

/** Sends an image to an example. */
export function ask(
  address: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return fetch(`${address}/classify`, { method: "POST", body });
}

/** Checks that an example gives the same answer as `classifier`. */
export async function assertSameAnswer(
  address: string,
  name: string,
  image: Uint8Array<ArrayBuffer>,
  classifier: Classifier,
): Promise<void> {
  const response = await ask(address, image);
  const answer = await response.json();
  assert.equal(response.status, 200, `${name}: ${JSON.stringify(answer)}`);
  const classes = await classifier.classify(image);
  assert.deepEqual(answer, { classes }, name);
}

/**
 * Checks that pages of other origins may send requests, with the headers of Supabase's
 * library.
 */
export async function assertPagesMayAsk(address: string): Promise<void> {
  const headers = "apikey,authorization,content-type,x-client-info";
  const preflight = await fetch(`${address}/classify`, {
    method: "OPTIONS",
    headers: {
      "Origin": "https://example.org",
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": headers,
    },
  });
  await preflight.body?.cancel();
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("Access-Control-Allow-Origin"), "*");
  assert.equal(preflight.headers.get("Access-Control-Allow-Headers"), headers);
}
