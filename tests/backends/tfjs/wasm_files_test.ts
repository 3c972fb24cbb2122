import assert from "node:assert/strict";
import {
  foundTfjs,
  type TfjsPackages,
} from "../../../src/backends/tfjs/packages.ts";
import { tfjsWasm } from "../../../src/backends/tfjs/tfjs_backends.ts";
import {
  adviceForFiles,
  resolveWasmFolder,
} from "../../../src/backends/tfjs/wasm_files.ts";
import { BackendUnavailableError } from "../../../src/errors.ts";
import { tfjs } from "../../../src/f32.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { asInPage } from "../../as_in_page.ts";

// In a separate file, and so with separate process state: tfjs loads its files from the
// folder of the first backend in a process.
Deno.test("tfjsWasm() takes its files from the folder it is given", async () => {
  const network = await importModel();
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(
      tfjsWasm(`${folder}/absent`).reserve(graph).open(network),
      BackendUnavailableError,
    );
    const from = import.meta.resolve(
      "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm",
    );
    await Deno.copyFile(
      new URL(from),
      `${folder}/tfjs-backend-wasm-simd.wasm`,
    );
    // A path without a slash at its end.
    using session = await tfjsWasm(folder).reserve(graph).open(network);
    assert.equal((await session.run(noise(75), "logits")).length, 7);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a page may name the folder relative to its own address", async () => {
  const { href } = await asInPage({
    location: new URL("https://totem.test/app/"),
  }, () => resolveWasmFolder("load a model", "tfjs"));
  assert.equal(href, "https://totem.test/app/tfjs/");
});

Deno.test("a page that finds no files is told of the entry that bundlers follow first", async () => {
  const advice = (packages: TfjsPackages) =>
    asInPage({}, () => adviceForFiles(packages));
  const give = "give the address of their folder as tfjsWasmFolder";
  assert.equal(
    await advice(foundTfjs),
    `import load from @totem/inception/f32, which bundlers follow, and ${give}`,
  );
  assert.equal(await advice(tfjs), give);
});
