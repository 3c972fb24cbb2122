/**
 * The HDF5 files of `tests/data/h5`, and the network in them.
 */
import { gunzipSync } from "node:zlib";
import { inceptionV3, type Network } from "../src/model/mod.ts";
import { importLayersModel } from "../src/weights/mod.ts";
import { makeLayersModel } from "./layers_model.ts";
import { filled } from "./filled.ts";

/** The networks' architecture: a 32nd of the width. */
export const TINY = { widthMultiplier: 1 / 32, classes: 5 };

/** Reads a file made by `make.py`. */
export function readH5(name: string): Uint8Array<ArrayBuffer> {
  const path = new URL(`data/h5/${name}.h5.gz`, import.meta.url);
  return new Uint8Array(gunzipSync(Deno.readFileSync(path)));
}

/** Builds the network of the same tensors from a TFJS layers model. */
export function tinyNetwork(gamma = false): Promise<Network> {
  const { modelJson, shards } = makeLayersModel({
    architecture: TINY,
    gamma,
    shardBytes: 2 ** 20,
  });
  // The model numbers its layers in the order of the graph.
  const nodes = inceptionV3(TINY).nodes.filter((it) =>
    it.op === "conv" || it.op === "dense"
  );
  const [[shard, bytes] = ["", new Uint8Array()]] = shards;
  const floats = new Float32Array(bytes.buffer);
  let offset = 0;
  for (const { name, shape } of modelJson.weightsManifest[0]!.weights) {
    const [layer = "", tensor] = name.split("/");
    const node = nodes[Number(layer.split("_").at(-1)) - 1]!;
    const length = shape.reduce((a, b) => a * b, 1);
    floats.set(valuesOf(`${node.name}/${tensor}`, length), offset);
    offset += length;
  }
  return importLayersModel(modelJson, (name) => {
    if (name !== shard) throw new Error(`unexpected shard ${name}`);
    return Promise.resolve(bytes);
  });
}

/** The values of a tensor, as `values` of `make.py` derives them from its name. */
function valuesOf(name: string, length: number): Float32Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  const positive = /\/(moving_variance|gamma)$/.test(name);
  return filled(Float32Array, length, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const code = state >>> 24;
    return positive ? (code + 64) / 128 : (code * 2 - 255) / 512;
  });
}
