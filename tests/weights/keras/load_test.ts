import assert from "node:assert/strict";
import { importKerasH5, loadNetwork } from "../../../src/weights/mod.ts";
import { openZip } from "../../../src/weights/zip.ts";
import { makeZip } from "../../make_zip.ts";
import { readKerasFile } from "../../keras_files.ts";
import { temporaryFolder } from "../store/temporary_folder.ts";

for (const name of ["flat.keras", "seq_nested.h5", "flat.weights.h5"]) {
  Deno.test(`loadNetwork() reads ${name} under any name, and as bytes`, async () => {
    await using folder = await temporaryFolder();
    const bytes = readKerasFile(name);
    const { weights, architecture } = await loadNetwork(bytes);
    for (const called of [name, "model", "model.h5", "model.keras"]) {
      const path = `${folder.path}/${called}`;
      await Deno.writeFile(path, bytes);
      const found = await loadNetwork(path);
      assert.deepEqual(found.architecture, architecture);
      assert.deepEqual(found.weights("Logits"), weights("Logits"));
    }
  });
}

Deno.test("loadNetwork() takes the wiring of weights from the config.json beside them", async () => {
  await using folder = await temporaryFolder();
  const file = readKerasFile("seq_nested.keras");
  const zip = openZip(file);
  for (const name of zip.names) {
    await Deno.writeFile(`${folder.path}/${name}`, zip.read(name)!);
  }
  const expected = await loadNetwork(file);
  for (const source of [folder.path, `${folder.path}/model.weights.h5`]) {
    const found = await loadNetwork(source);
    assert.deepEqual(found.architecture, expected.architecture);
    assert.deepEqual(found.origins, expected.origins);
    assert.equal(found.variant, "full");
    const name = "Mixed_7c/branch3x3dbl_3b";
    assert.deepEqual(found.weights(name), expected.weights(name));
  }
  // Weights alone, without a configuration or with another tool's.
  await Deno.writeTextFile(`${folder.path}/config.json`, '{"classes": 5}');
  const alone = await loadNetwork(folder.path);
  assert.equal(alone.origins?.activation, "assumed");
  await Deno.remove(`${folder.path}/config.json`);
  assert.equal((await loadNetwork(folder.path)).origins?.pooling, "assumed");
});

Deno.test("loadNetwork() reads a .keras that was packed again, compressed", async () => {
  const file = readKerasFile("flat.keras");
  const zip = openZip(file);
  const files = zip.names.map((it) => [it, zip.read(it)!]);
  const packed = makeZip(Object.fromEntries(files), 0, true);
  assert.notEqual(packed.length, file.length);
  const [expected, found] = await Promise.all(
    [file, packed].map((it) => loadNetwork(it)),
  );
  assert.deepEqual(found!.architecture, expected!.architecture);
  const name = "Mixed_7c/branch3x3dbl_3b";
  assert.deepEqual(found!.weights(name), expected!.weights(name));
  // The synchronous function can't inflate it.
  assert.throws(() => importKerasH5(packed), {
    name: "CorruptWeightsError",
    message: /"config.json" in the ZIP archive as it must not be compressed/,
  });
});
