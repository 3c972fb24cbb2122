import assert from "node:assert/strict";
import {
  assertPagesMayAsk,
  assertSameAnswer,
  images,
  narrowModel,
  openModel,
} from "./answers.ts";
import { startDeploy } from "./edge_servers.ts";

Deno.test("the example for Deno Deploy answers with read access and nothing more", async () => {
  const model = await narrowModel();
  await using server = await startDeploy(model);
  using classifier = await openModel(model);
  for (const [name, image] of await images()) {
    await assertSameAnswer(server.address, name, image, classifier);
  }
  await assertPagesMayAsk(server.address);
  const ready = await fetch(`${server.address}/readyz`);
  assert.deepEqual(await ready.json(), { status: "ready" });
});
