import assert from "node:assert/strict";
import { writeNetwork } from "../src/weights/mod.ts";
import {
  BackendUnavailableError,
  load,
  MemoryLimitError,
} from "../src/int8.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { makeLayersModel, writeLayersModel } from "./layers_model.ts";
import { noise } from "./random.ts";

Deno.test("load() of int8 opens an int8 model, and only that", async () => {
  const { stream } = writeNetwork(await narrowNetwork());
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const image = { data: noise(75), width: 75, height: 75 };
  using classifier = await load(new Response(bytes), { variant: 75 });
  assert.equal(classifier.backend.precision, "int8");
  assert.equal((await classifier.classify(image)).length, 5);

  await assert.rejects(
    load(new Response(bytes), { variant: 75, memoryLimit: 1000 }),
    MemoryLimitError,
  );
  const folder = await Deno.makeTempDir();
  try {
    await writeLayersModel(makeLayersModel(), folder);
    await assert.rejects(load(folder), BackendUnavailableError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
