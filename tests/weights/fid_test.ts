/**
 * The network of the Fréchet inception distance. `real_files_test.ts` runs it in f32,
 * `tests/long/fid_int8_test.ts` in int8.
 */
import assert from "node:assert/strict";
import { modelMetadata } from "../../src/model/mod.ts";
import { loadRealFile, REAL_FILES } from "./real_files.ts";

const FID = realFile("torch/fid.safetensors");

Deno.test("FID's network is recognised, and said to be", async () => {
  const { pools } = modelMetadata(await loadRealFile(FID));
  assert.deepEqual(pools, { value: "fid", from: "assumed" });
});

Deno.test("weights without a classifier may be FID's, so their pools are assumed", async () => {
  const network = await loadRealFile(realFile("torch/no_fc.safetensors"));
  const { pools } = modelMetadata(network);
  assert.deepEqual(pools, { value: "padding-counted", from: "assumed" });
  const aux = await loadRealFile(realFile("torch/f32_aux.safetensors"));
  assert.equal(modelMetadata(aux).pools.from, "model");
});

function realFile(name: string) {
  return REAL_FILES.find(({ file }) => file === name)!;
}
