/**
 * Damaged ONNX and TFLite files, for `tests/long/weights_fuzz_test.ts`.
 */
import { Builder, type Offset } from "flatbuffers";
import { gunzipSync } from "node:zlib";
import { exportOnnx, exportTflite } from "../../../src/export/mod.ts";
import {
  delimited,
  type Message,
  message,
} from "../../../src/export/onnx/encode_protobuf.ts";
import type { Network, QuantizedNetwork } from "../../../src/model/mod.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import { readOnnx } from "../../../src/weights/onnx/read.ts";
import { readTflite } from "../../../src/weights/tflite/read.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { below, mutateBytes, pick, type Random } from "../../mutations.ts";
import { node, onnxFile } from "./onnx_file.ts";

const MODELS = new URL("../../data/models/", import.meta.url);

function fixture(name: string): Uint8Array<ArrayBuffer> {
  const packed = Deno.readFileSync(new URL(`${name}.gz`, MODELS));
  return new Uint8Array(gunzipSync(packed));
}

/** A network of 75 pixels in int8, and in f32. */
async function narrow(): Promise<readonly [QuantizedNetwork, Network]> {
  const quantized = { ...await narrowNetwork(), variant: 75 };
  const { architecture, variant, labels, preprocessing } = quantized;
  const weights = (name: string) => quantized.weights(name);
  return [
    quantized,
    { architecture, variant, labels, preprocessing, weights },
  ];
}

const bytesOf = ({ stream }: { readonly stream: ReadableStream }) =>
  new Response(stream as ReadableStream<never>).bytes();

/** In all of these, the nodes come first. */
export async function damagedOnnx() {
  const [quantized, floats] = await narrow();
  const external = "onnx/torch213_opset20.onnx.data";
  const weights = fixture(external);
  const files = [
    await bytesOf(exportOnnx(floats)),
    await bytesOf(exportOnnx(quantized)),
    fixture("onnx/torch113_opset11.onnx"),
    fixture("onnx/torch213_opset20.onnx"),
  ];
  return {
    damage(random: Random): Uint8Array {
      const file = pick(random, files);
      // An inserted or removed byte breaks all lengths around it, as most damage does.
      if (random() < 0.6) return changeBytes(file, random, 40_000);
      return mutateBytes(file, random, 0, 40_000);
    },
    read: async (bytes: Uint8Array): Promise<Network> =>
      importedNetwork(
        await readOnnx({
          name: "m.onnx",
          bytes,
          sibling: (name) =>
            Promise.resolve(external.endsWith(name) ? weights : undefined),
        }),
      ),
  };
}

/** The tables come last. */
export async function damagedTflite() {
  const [quantized, floats] = await narrow();
  const files = [
    await bytesOf(exportTflite(floats)),
    await bytesOf(exportTflite(quantized)),
    fixture("tf/float32.tflite"),
    fixture("tf/int8.tflite"),
  ];
  return {
    damage(random: Random): Uint8Array {
      const file = pick(random, files);
      const from = random() < 0.3 ? 0 : Math.max(0, file.length - 80_000);
      return random() < 0.5
        ? changeBytes(file, random, file.length, from)
        : mutateBytes(file, random, from);
    },
    async read(bytes: Uint8Array): Promise<Network> {
      return importedNetwork(await readTflite({ name: "m.tflite", bytes }));
    },
  };
}

/** A copy of the same length with up to four changed bytes. */
function changeBytes(
  file: Uint8Array,
  random: Random,
  to: number,
  from = 0,
): Uint8Array {
  const bytes = file.slice();
  const end = Math.min(to, bytes.length);
  for (let n = below(random, 4); n >= 0; n--) {
    const at = from + below(random, end - from);
    bytes[at] = random() < 0.5
      ? below(random, 256)
      : bytes[at]! + pick(random, [-1, 1, 8, 128]);
  }
  return bytes;
}

/** Files with a maximal amount of one structure, which cost little to write. */
export const RICH_ONNX: Readonly<Record<string, () => Uint8Array>> = {
  "nodes": () => onnxFile({ nodes: repeat(1536, () => message()) }),
  "nodes that aren't read": () =>
    onnxFile({
      nodes: repeat(1536, (i) => node("Foo", ["x"], `${i}`)),
      outputs: ["1500"],
    }),
  "activations": () =>
    onnxFile({
      nodes: repeat(1536, (i) => node("Relu", [i ? `${i - 1}` : "x"], `${i}`)),
      outputs: ["1535"],
    }),
  "attributes": () => {
    const attributes = repeat(64, () => delimited(5, message()));
    const rich = message(...attributes, delimited(2, ""));
    return onnxFile({ nodes: repeat(1536, () => rich) });
  },
  "inputs": () => {
    const rich = message(...repeat(24, () => delimited(1, "x")));
    return onnxFile({ nodes: repeat(1536, () => rich) });
  },
  "tensors": () =>
    onnxFile({
      tensors: repeat(1536, (i) => message(delimited(8, `${i}`))),
    }),
  "nodes, too many": () => onnxFile({ nodes: repeat(1e5, () => message()) }),
};

function repeat(count: number, make: (i: number) => Message): Message[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** TFLite files whose tables are all the same one. */
export const SHARED_TFLITE: Readonly<Record<string, () => Uint8Array>> = {
  "tensors": () => sharedTflite(2048, 1),
  "operators": () => sharedTflite(1, 2048),
  "long names": () => sharedTflite(2048, 1, { name: "x".repeat(1e6) }),
  "long lists of scales": () => sharedTflite(2048, 1, { scales: 1e6 }),
};

function sharedTflite(
  tensors: number,
  operators: number,
  { name = "x", scales = 0 } = {},
): Uint8Array {
  const builder = new Builder(2 ** 16);
  const vector = (size: number, count: number, add: () => void): Offset => {
    builder.startVector(size, count, size);
    for (let i = 0; i < count; i++) add();
    return builder.endVector();
  };
  const same = (count: number, of: Offset) =>
    vector(4, count, () => builder.addOffset(of));
  const table = (...fields: readonly (Offset | undefined)[]): Offset => {
    builder.startObject(fields.length);
    for (const [i, it] of fields.entries()) {
      if (it !== undefined) builder.addFieldOffset(i, it, 0);
    }
    return builder.endObject();
  };
  const scaling = vector(4, scales, () => builder.addFloat32(1));
  const tensor = table(
    same(0, 0),
    undefined,
    undefined,
    builder.createString(name),
    table(undefined, undefined, scaling),
  );
  const zero = vector(4, 1, () => builder.addInt32(0));
  const operator = table(undefined, zero, zero);
  const graph = table(
    same(tensors, tensor),
    zero,
    zero,
    same(operators, operator),
  );
  const codes = same(1, table());
  const graphs = same(1, graph);
  const buffers = same(2048, table());
  builder.startObject(5);
  builder.addFieldInt32(0, 3, 0);
  for (const [i, it] of [[1, codes], [2, graphs], [4, buffers]] as const) {
    builder.addFieldOffset(i, it, 0);
  }
  builder.finish(builder.endObject(), "TFL3");
  return builder.asUint8Array();
}
