import assert from "node:assert/strict";
import { tfjsWasm } from "../../../src/backends/tfjs/wasm.ts";
import { BackendUnavailableError } from "../../../src/errors.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";

// In a file, and so in a process state, of its own: tfjs takes its files from
// where the first backend of a process says.
Deno.test("tfjsWasm() takes its files from the folder it is given", async () => {
  const network = await importModel();
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(
      tfjsWasm(`file://${folder}`).open(network, graph),
      BackendUnavailableError,
    );
    const from = import.meta.resolve(
      "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm",
    );
    await Deno.copyFile(
      new URL(from),
      `${folder}/tfjs-backend-wasm-simd.wasm`,
    );
    using session = await tfjsWasm(new URL(`file://${folder}`)).open(
      network,
      graph,
    );
    assert.equal((await session.run(noise(75), "logits")).length, 7);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
