import assert from "node:assert/strict";
import {
  ask,
  assertPagesMayAsk,
  assertSameAnswer,
  images,
  narrowModel,
  openModel,
} from "./answers.ts";
import { serveModel, startSupabase } from "./edge_servers.ts";
import { until } from "../server/serve.ts";

Deno.test("the example for Supabase reads its model from an address, and answers below its name", async () => {
  const model = await narrowModel();
  await using storage = serveModel(model);
  await using server = await startSupabase(storage.address);
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
  await using server = await startSupabase(
    "http://127.0.0.1:9/model.safetensors?token=secret",
  );
  const [body] = (await images()).values();
  const refused = await ask(server.address, body!);
  assert.equal((await refused.json()).code, "model-unavailable");
  const logged =
    /POST \/classify 503: .*http:\/\/127\.0\.0\.1:9\/model\.safetensors/;
  await until(() => logged.test(server.printed()));
  assert.doesNotMatch(server.printed(), /secret/);
});
