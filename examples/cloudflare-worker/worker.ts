/**
 * Classifies images at the edge: `POST /classify` with an image.
 *
 * Nothing runs before the first request, as a Worker must start within a second.
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

/** The bindings of wrangler.jsonc and config.capnp. */
interface Environment {
  /** The files of `dist/assets`. */
  readonly ASSETS: { fetch(address: string): Promise<Response> };
}

/** The context of one request. */
interface Context {
  /** Keeps the request's input and output open until `promise` settles. */
  waitUntil(promise: Promise<unknown>): void;
}

// A Worker can't compile WebAssembly from bytes; it must import modules.
setWasmModules({ relaxed, plain, jpeg, png, webp });

/** Lives as long as the isolate, together with its model. */
let handler: Handler | undefined;

export default {
  fetch(
    request: Request,
    environment: Environment,
    context: Context,
  ): Promise<Response> {
    handler ??= createHandler({
      classifier: () => loadModel(environment),
      // With these limits, an image uses at most half of the isolate's 128 MB, beside
      // the model.
      maxBodyBytes: 6 * 2 ** 20,
      maxBodyMemory: 2 * 2 ** 20,
      maxMemory: 40_000_000,
      queue: 4,
      // Pages of all origins may send requests.
      cors: "*",
    });
    const answer = handler(request);
    // Without this, a client's disconnect would cancel work that other requests need:
    // the first request loads the model, and each one frees its place in the queue at
    // its end.
    context.waitUntil(handler.load());
    context.waitUntil(answer);
    return answer;
  },
};

/** Streams the weights into the engine's memory. */
async function loadModel({ ASSETS }: Environment) {
  // Only the path of this URL matters.
  const response = await ASSETS.fetch("https://assets/model.safetensors");
  return await load(response, {
    // 7 bits give the same answers on all of Cloudflare's machines, at full speed.
    activationBits: 7,
  });
}
