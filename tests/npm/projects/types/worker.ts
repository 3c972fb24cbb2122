/** A Cloudflare Worker's use of the package. */
import { load, setWasmModules } from "@totem/inception/int8";
import { findSimilar, readIndex } from "@totem/inception/search";
import { createHandler } from "@totem/inception/server";
import relaxed from "@totem/inception/wasm/relaxed.wasm";

setWasmModules({ relaxed });

interface Environment {
  readonly ASSETS: { fetch(address: string): Promise<Response> };
}

export default {
  async fetch(request: Request, { ASSETS }: Environment): Promise<Response> {
    const model = await ASSETS.fetch("https://assets/model.safetensors");
    const classifier = await load(model, { activationBits: 7 });
    const { body } = await ASSETS.fetch("https://assets/index.safetensors");
    const index = await readIndex(body!);
    const image = await request.arrayBuffer();
    return Response.json(await findSimilar(index, classifier, image));
  },
};

export const handler: (request: Request) => Promise<Response> = createHandler({
  classifier: () => load("model.safetensors"),
});
