/**
 * Classifies images at the edge: `POST /classify` with an image.
 *
 * Nothing is done before a request comes, as a Worker must start within a second.
 *
 * @module
 */
import { load, setWasmModules } from "@totem/inception/int8";
import { createHandler, type Handler } from "@totem/inception/server";
// @ts-types="./wasm_module.d.ts"
import jpeg from "./jpeg.wasm";
// @ts-types="./wasm_module.d.ts"
import plain from "./plain.wasm";
// @ts-types="./wasm_module.d.ts"
import png from "./png.wasm";
// @ts-types="./wasm_module.d.ts"
import relaxed from "./relaxed.wasm";
// @ts-types="./wasm_module.d.ts"
import webp from "./webp.wasm";

/** What wrangler.jsonc and config.capnp bind. */
interface Environment {
  /** The files of `dist/assets`. */
  readonly ASSETS: { fetch(address: string): Promise<Response> };
}

/** What belongs to one request. */
interface Context {
  /** Keeps its input and output open until `promise` is settled. */
  waitUntil(promise: Promise<unknown>): void;
}

// A Worker doesn't compile WebAssembly from bytes: it imports modules.
setWasmModules({ relaxed, plain, jpeg, png, webp });

/** Lives as long as the isolate, and the model in it. */
let handler: Handler | undefined;

export default {
  fetch(
    request: Request,
    environment: Environment,
    context: Context,
  ): Promise<Response> {
    handler ??= createHandler({
      classifier: () => loadModel(environment),
      // With that an image takes at most half of the isolate's 128 MB, beside the model.
      maxBodyBytes: 6 * 2 ** 20,
      maxBodyMemory: 2 * 2 ** 20,
      maxMemory: 40_000_000,
      queue: 4,
      // Pages of all origins may ask.
      cors: "*",
    });
    const answer = handler(request);
    // When a client goes away, its request would end in the middle of what it does for others:
    // the first reads the model, and each frees its place in the queue at its end.
    context.waitUntil(handler.load());
    context.waitUntil(answer);
    return answer;
  },
};

/** Streams the weights to where they are multiplied. */
async function loadModel({ ASSETS }: Environment) {
  // Of the address only the path counts.
  const response = await ASSETS.fetch("https://assets/model.safetensors");
  return await load(response, {
    // Then all of Cloudflare's machines give the same answer, as fast as they can.
    activationBits: 7,
  });
}
