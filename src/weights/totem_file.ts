/**
 * Totem's own files: an int8 network as safetensors, in the order in which it is
 * read and multiplied.
 *
 * | tensor        | type and shape                                                 |
 * | ------------- | -------------------------------------------------------------- |
 * | `NODE.weight` | I8 `[O/8, KH, KW*C/4, 8, 4]`, or `[units, inputs]` if dense    |
 * | `NODE.scale`  | F32 `[O]`                                                      |
 * | `NODE.bias`   | F32 `[O]`                                                      |
 * | `NODE.range`  | F32 `[]`, of each convolution and average pool                 |
 * | `sha256`      | U8 `[32]`, the digest of all bytes before it: the last tensor  |
 *
 * All I8 tensors come first, so that packed weights start at multiples of 32 bytes. For the
 * meaning of the numbers see `model/quantized_network.ts`. The network's metadata is JSON
 * in the header's metadata, under `totem`. The digest is optional. `totem verify` checks it;
 * reading doesn't, as that takes time.
 *
 * @module
 */
import { assertOptions } from "../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import type { QuantizedNetwork } from "../model/mod.ts";
import type { ByteSource } from "../io/open_file.ts";
import { assertComputable } from "./quantize/assert_computable.ts";
import { assertWeights } from "./assert_weights.ts";
import { extremes } from "./extremes.ts";
import { withFloatWeights } from "./quantize/dequantize.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import {
  readSafetensors,
  type ReadSafetensorsOptions,
} from "./safetensors/read.ts";
import { networkMetadata } from "./totem_header.ts";

/** Allocates `byteLength` bytes for the weights of a network with this metadata. */
export type AllocateWeights = (
  metadata: Pick<
    QuantizedNetwork,
    "architecture" | "variant" | "preprocessing"
  >,
  byteLength: number,
) => Promise<Uint8Array>;

/**
 * Reads the network in a Totem file. Its weights are views of the file's bytes.
 *
 * @throws {CorruptWeightsError} When the file isn't complete and valid, or of a version
 * that can't be read.
 * @throws {AbortedError} When the signal fires.
 */
export async function readNetwork(
  source: ReadableStream<Uint8Array> | ByteSource,
  options: ReadSafetensorsOptions = {},
): Promise<QuantizedNetwork> {
  assertOptions("read a network", options);
  return await readInto(source, options);
}

/** Like {@linkcode readNetwork}, into memory from the caller. */
export async function readInto(
  source: ReadableStream<Uint8Array> | ByteSource,
  { allocate, ...options }: ReadSafetensorsOptions & {
    readonly allocate?: AllocateWeights | undefined;
  },
): Promise<QuantizedNetwork> {
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(
    source,
    async (header) => data = await allocateData(header, allocate),
    options,
  );
  return parseTotemFile(header, data);
}

/** Allocates the memory for a Totem file's data, after checking the header. */
export async function allocateData(
  header: SafetensorsHeader,
  allocate?: AllocateWeights,
): Promise<Uint8Array> {
  const metadata = networkMetadata(header);
  return await allocate?.(metadata, header.dataLength) ??
    new Uint8Array(header.dataLength);
}

/** Parses a Totem file. The network keeps `data`, the bytes after the header. */
export function parseTotemFile(
  header: SafetensorsHeader,
  data: Uint8Array,
): QuantizedNetwork {
  if (data.length !== header.dataLength) {
    throw new ArgumentError(
      `Cannot use data of ${data.length} bytes as the header says ${header.dataLength}`,
    );
  }
  const metadata = networkMetadata(header);
  const tensors = new Map(header.tensors.map((it) => [it.name, it]));
  const read = (name: string) => {
    const { offset, length } = tensors.get(name) ?? refuse(name);
    return data.subarray(offset, offset + length);
  };
  const floats = copyFloats(header, data);
  const weights = (name: string) => {
    const { buffer, byteOffset, length } = read(name);
    return new Int8Array(buffer, byteOffset, length);
  };
  for (const { name, dtype } of header.tensors) {
    if (dtype === "F32") assertSound(name, floats(name));
    if (dtype === "I8") {
      assertWeights(name.replace(/\.weight$/, ""), weights(name));
    }
  }
  const network = withFloatWeights({
    ...metadata,
    quantized(node) {
      return {
        weight: weights(`${node}.weight`),
        scale: floats(`${node}.scale`),
        bias: floats(`${node}.bias`),
      };
    },
    absMax: (node) => floats(`${node}.range`)[0]!,
  });
  assertComputable(network);
  return network;
}

/** The values of F32 tensors by name. Copies them once, as tensors may be unaligned. */
function copyFloats(
  { tensors }: SafetensorsHeader,
  data: Uint8Array,
): (name: string) => Float32Array {
  const entries = tensors.filter(({ dtype }) => dtype === "F32");
  const copy = new Uint8Array(entries.reduce((sum, it) => sum + it.length, 0));
  const places = new Map<string, readonly [at: number, count: number]>();
  let end = 0;
  for (const { name, offset, length } of entries) {
    copy.set(data.subarray(offset, offset + length), end);
    places.set(name, [end, length / 4]);
    end += length;
  }
  return (name) =>
    new Float32Array(copy.buffer, ...places.get(name) ?? refuse(name));
}

/** Checks that scales, biases and ranges are finite, and all but biases positive. */
export function assertSound(name: string, values: Float32Array): void {
  const positive = !name.endsWith(".bias");
  const isSound = (value: number) =>
    Number.isFinite(value) && (value > 0 || !positive);
  const { least, most } = extremes(values);
  if (values.length === 0 || isSound(least) && isSound(most)) return;
  throw new CorruptWeightsError(
    `Cannot use the tensor "${name}" as its values must be finite${
      positive ? " and > 0" : ""
    }: one is ${values.find((it) => !isSound(it))}`,
  );
}

function refuse(name: string): never {
  throw new ArgumentError(`Cannot give the tensor "${name}": there is none`);
}
