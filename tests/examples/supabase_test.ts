import assert from "node:assert/strict";
import {
  ask,
  assertPagesMayAsk,
  assertSameAnswer,
  images,
  narrowModel,
  openModel,
} from "./answers.ts";
import { copyExample } from "./example_folder.ts";
import { until } from "../server/serve.ts";
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
  await assertPagesMayAsk(server.address);
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

Deno.test("the example for Supabase logs why its model can't be loaded, without the address's secrets", async () => {
  await using folder = await copyExample("supabase", FUNCTION);
  await using server = await startDeno(folder.path, [
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-env=MODEL_URL",
    "--allow-net=127.0.0.1",
    FUNCTION,
  ], { MODEL_URL: "http://127.0.0.1:9/model.safetensors?token=secret" });
  const [body] = (await images()).values();
  const refused = await ask(server.address, body!);
  assert.equal((await refused.json()).code, "model-unavailable");
  const logged =
    /POST \/classify 503: .*http:\/\/127\.0\.0\.1:9\/model\.safetensors/;
  await until(() => logged.test(server.printed()));
  assert.doesNotMatch(server.printed(), /secret/);
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
