import assert from "node:assert/strict";
import { assertSameAnswer, images, narrowModel, openModel } from "./answers.ts";
import { copyExample } from "./example_folder.ts";
import { startDeno } from "./running_server.ts";

const FUNCTION = "functions/classify/index.ts";

Deno.test("the example for Supabase reads its model from an address, and answers below its name", async () => {
  const model = await narrowModel();
  await using storage = serveStorage(model);
  await using folder = await copyExample("supabase", FUNCTION);
  await using server = await startDeno(folder.path, [
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-env=MODEL_URL",
    "--allow-net=127.0.0.1",
    FUNCTION,
  ], { MODEL_URL: `${storage.address}/model.safetensors` });
  using classifier = await openModel(model);
  for (const [name, image] of await images()) {
    await assertSameAnswer(server.address, name, image, classifier);
  }
  const facts = await fetch(`${server.address}/classify/model`);
  assert.equal((await facts.json()).size, 299);
  const [body] = (await images()).values();
  const features = await fetch(`${server.address}/classify/features`, {
    method: "POST",
    body: body!,
  });
  const { features: values } = await features.json();
  assert.equal(values.length, classifier.featureCount);
});

/** What storage at an address does. */
function serveStorage(
  file: Uint8Array<ArrayBuffer>,
): AsyncDisposable & { readonly address: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(file),
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
