import assert from "node:assert/strict";
import {
  assertPagesMayAsk,
  assertSameAnswer,
  images,
  narrowModel,
  openModel,
} from "./answers.ts";
import { copyExample } from "./example_folder.ts";
import { startDeno } from "./running_server.ts";

Deno.test("the example for Deno Deploy answers with read access and nothing more", async () => {
  await using folder = await copyExample("deno-deploy", "main.ts");
  const model = await narrowModel();
  await Deno.writeFile(`${folder.path}/model.safetensors`, model);
  await using server = await startDeno(folder.path, [
    "serve",
    "--no-prompt",
    "--host=127.0.0.1",
    "--port=0",
    "--allow-read",
    "main.ts",
  ]);
  using classifier = await openModel(model);
  for (const [name, image] of await images()) {
    await assertSameAnswer(server.address, name, image, classifier);
  }
  await assertPagesMayAsk(server.address);
  const ready = await fetch(`${server.address}/readyz`);
  assert.deepEqual(await ready.json(), { status: "ready" });
});
