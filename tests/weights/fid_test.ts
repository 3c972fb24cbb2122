/**
 * The network of the Fréchet inception distance. `real_files_test.ts` runs it in f32,
 * `tests/long/fid_int8_test.ts` in int8.
 */
import assert from "node:assert/strict";
import {
  modelMetadata,
  type PoolRule,
  type Preprocessing,
} from "../../src/model/mod.ts";
import { loadNetwork } from "../../src/weights/mod.ts";
import { loadRealFile, REAL_FILES, unpackModel } from "./real_files.ts";

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

Deno.test("the option pools sets FID's crop and resize, and those of others", async () => {
  const geometryOf = async (
    name: string,
    pools: PoolRule | undefined,
    preprocessing: Partial<Preprocessing> = {},
  ) => {
    const network = await loadNetwork(unpackModel(name), {
      pools,
      preprocessing,
    });
    const { crop, resize } = modelMetadata(network);
    return [crop.value.kind, crop.from, resize.value, resize.from];
  };
  const FID_GEOMETRY = ["squash", "assumed", "half-pixel", "assumed"];
  const CROPPED = ["resize", "assumed", "antialiased", "assumed"];
  const bare = "torch/no_fc.safetensors";
  assert.deepEqual(await geometryOf(bare, undefined), CROPPED);
  assert.deepEqual(await geometryOf(bare, "padding-left-out"), CROPPED);
  assert.deepEqual(await geometryOf(bare, "fid"), FID_GEOMETRY);
  assert.deepEqual(await geometryOf(bare, "fid", { resize: "bicubic" }), [
    ...["squash", "assumed", "bicubic", "option"],
  ]);
  const fid = "torch/fid.safetensors";
  assert.deepEqual(await geometryOf(fid, undefined), FID_GEOMETRY);
  assert.deepEqual(await geometryOf(fid, "fid"), FID_GEOMETRY);
  assert.deepEqual(await geometryOf(fid, "padding-counted"), CROPPED);
});

function realFile(name: string) {
  return REAL_FILES.find(({ file }) => file === name)!;
}
