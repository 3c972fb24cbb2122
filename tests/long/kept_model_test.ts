/** The known model in the cache: quantizing it takes seconds. */
import assert from "node:assert/strict";
import { isQuantized } from "../../src/model/mod.ts";
import { storeKey } from "../../src/weights/known_quantized.ts";
import {
  fileStore,
  loadNetwork,
  loadQuantized,
} from "../../src/weights/mod.ts";
import { run } from "../cli/in_process.ts";
import { cosine } from "../cosine.ts";
import { nsfwIsInstalled } from "../nsfw.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

Deno.test("loadQuantized() keeps nsfw as int8, and needs its package once", async () => {
  using _ = nsfwIsInstalled();
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const found = await loadQuantized("nsfw", { store });
  const { labels, license, source, calibration, preprocessing } = found;
  assert.deepEqual(labels, ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"]);
  assert.deepEqual([license, source], ["MIT", "npm:nsfwjs@4.3.0"]);
  assert.deepEqual(calibration, { method: "batch-norm", images: 0 });
  assert.deepEqual(preprocessing.crop, { kind: "squash" });
  const exact = await loadNetwork("nsfw", { store, precision: "f32" });
  assert.ok(!isQuantized(exact));
  for (const name of ["Conv2d_2a_3x3", "Mixed_7c/branch1x1", "Logits"]) {
    const { kernel } = found.weights(name);
    const similarity = cosine(kernel, exact.weights(name).kernel);
    assert.ok(similarity > 0.999, `${name}: ${similarity}`);
  }
  const [record] = await store.list();
  assert.equal(record?.reference, storeKey("nsfw"));
  // docs/models.md refers to it by this prefix.
  assert.ok(record.reference.startsWith("nsfw "), record.reference);
  // A quarter of f32's size, and a little more.
  assert.ok(record.size > 21e6 && record.size < 24e6, `${record.size}`);
  let read = 0;
  const again = await loadNetwork("nsfw", {
    store,
    onProgress(done, total) {
      assert.equal(total, record.size, "the package was read");
      read = done;
    },
  });
  assert.equal(read, record.size);
  assert.ok(isQuantized(again));
  for (const name of ["Conv2d_1a_3x3", "Mixed_6c/branch_pool", "Logits"]) {
    const { weight, scale, bias } = again.quantized(name);
    const first = found.quantized(name);
    // `deepEqual` of millions of numbers is slow.
    assert.ok(weight.every((it, i) => it === first.weight[i]), name);
    assert.deepEqual({ scale, bias }, { scale: first.scale, bias: first.bias });
  }
});

Deno.test("totem convert takes nsfw from the cache with the bytes that converting it has", async () => {
  using _ = nsfwIsInstalled();
  await using folder = await temporaryFolder();
  const made = async (name: string, ...options: readonly string[]) => {
    const out = `${folder.path}/${name}.safetensors`;
    const cache = { env: { TOTEM_CACHE: `${folder.path}/cache` } };
    const args = ["convert", "nsfw", "--out", out, ...options];
    const { code, stderr } = await run(args, cache);
    assert.equal(code, 0, stderr);
    return await Deno.readFile(out);
  };
  const kept = await made("kept");
  assert.deepEqual(await made("again"), kept);
  // An option requires a conversion from its f32 weights.
  assert.deepEqual(await made("converted", "--license", "MIT"), kept);
});
