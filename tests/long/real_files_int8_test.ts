/** Other tools' files, converted to int8 and run by the engine. */
import assert from "node:assert/strict";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { openSimulation } from "../../src/backends/tfjs/observe.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { convert } from "../../src/convert/mod.ts";
import { decodeImage } from "../../src/image/mod.ts";
import type { Network } from "../../src/model/mod.ts";
import { networkGraph } from "../../src/model/network_graph.ts";
import { cosine } from "../cosine.ts";
import { loadRealFile, REAL_FILES } from "../weights/real_files.ts";

const INPUTS = new URL("../data/models/inputs/", import.meta.url);
const EXAMPLES = new URL("../../examples/photos/", import.meta.url);

/**
 * The least cosine between features and those in f32, for a photo that isn't used for
 * calibration. The weights are random and the channels few, so rounding errors grow
 * from layer to layer.
 */
const LEAST_COSINE = 0.8;

/** The same to a simulation in f32, which rounds activations to the same codes. */
const LEAST_OF_SIMULATION = 0.99;

const examples = await Promise.all(
  Array.from(Deno.readDirSync(EXAMPLES), ({ name }) => name).sort().slice(0, 6)
    .map((name) => photo(new URL(name, EXAMPLES))),
);

for (const real of REAL_FILES) {
  Deno.test(`${real.file} keeps its features in int8`, async () => {
    const network = await loadRealFile(real);
    const [one, other] = Object.keys(real.outputs) as [string, string];
    const photos = [await photo(new URL(one, INPUTS)), ...examples];
    const { network: int8 } = await convert(network, photos);
    const { data } = await photo(new URL(other, INPUTS));
    const exact = await features(tfjsWasm(), network, data);
    const found = await features(wasmInt8({ activationBits: 8 }), int8, data);
    const toExact = cosine(found, exact);
    assert.ok(toExact > LEAST_COSINE, `${toExact}`);
    using simulation = await openSimulation(int8, networkGraph(int8), 8);
    const simulated = await simulation.run(data, "features");
    const toSimulated = cosine(found, simulated);
    assert.ok(toSimulated > LEAST_OF_SIMULATION, `${toSimulated}`);
  });
}

async function features(
  backend: Backend,
  network: Network,
  pixels: Uint8Array | Uint8ClampedArray,
): Promise<Float32Array> {
  await backend.probe(true);
  using session = await backend.reserve(networkGraph(network)).open(network);
  return await session.run(pixels, "features");
}

async function photo(file: URL) {
  return await decodeImage(await Deno.readFile(file));
}
