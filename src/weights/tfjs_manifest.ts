import { CorruptWeightsError } from "../errors.ts";
import { float16ToFloat32 } from "./safetensors/floats.ts";
import { asArray, asNumber, asObject, asString, shown } from "./json.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { TensorEntry } from "./safetensors/tensor_entry.ts";
import { TruncatedError } from "./truncated.ts";

/** A tensor. Its offset is relative to the start of its group. */
export interface ManifestTensor extends Omit<TensorEntry, "dtype"> {
  readonly encoding: Encoding;
  /** The index of its group in the manifest. */
  readonly group: number;
}

/** `x = scale * q + min` for u8 and u16, rounded for integer tensors. */
type Encoding =
  | { readonly type: "float32" | "float16" | "int32" | "bool" }
  | {
    readonly type: "uint8" | "uint16";
    readonly scale: number;
    readonly min: number;
    readonly isWhole: boolean;
  };

const BYTES = {
  float32: 4,
  float16: 2,
  int32: 4,
  bool: 1,
  uint16: 2,
  uint8: 1,
} as const;

/** Maximum number of shards; each is a request. The converter writes shards of 4 MB. */
const MAX_SHARDS = 2 ** 12;

/**
 * Parses the `weightsManifest` of a `model.json`: for each group, the names of its shards and
 * their total size in bytes. A group's tensors are stored one after another, as f32, f16, or
 * u8 or u16 with a scale.
 */
export function parseManifest(json: unknown) {
  const tensors = new Map<string, ManifestTensor>();
  const shards = new Set<string>();
  let total = 0;
  const groups = asArray(json, "weightsManifest").map((value, group) => {
    const where = `weightsManifest[${group}]`;
    const { paths, weights } = asObject(value, where);
    let offset = 0;
    for (const weight of asArray(weights, `${where}.weights`)) {
      const entry = parseTensor(weight, group, offset);
      if (tensors.has(entry.name)) {
        throw corrupt(`the tensor "${entry.name}" stands in them twice`);
      }
      tensors.set(entry.name, entry);
      offset += entry.length;
    }
    total += offset;
    if (!(total <= MAX_WEIGHTS)) {
      throw corrupt(
        `they must be <= ${MAX_WEIGHTS} bytes: ${where} promises more`,
      );
    }
    return {
      paths: asArray(paths, `${where}.paths`).map((path) =>
        newShard(path, shards)
      ),
      length: offset,
    };
  });
  return { tensors, groups };
}

/**
 * Reads the shard `name`, and calls `onBytes` with the number of bytes since the last call.
 * More than `limit` bytes are an error, so it may stop reading there.
 */
export type ShardReader = (
  name: string,
  limit: number,
  onBytes: (count: number) => void,
) => Promise<Uint8Array>;

/** Reads the shards of each group. */
export async function readShards(
  groups: ReturnType<typeof parseManifest>["groups"],
  readShard: ShardReader,
  onProgress?: (done: number, total: number) => void,
): Promise<Uint8Array[][]> {
  const total = groups.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const onBytes = (count: number) => onProgress?.(done += count, total);
  const shards: Uint8Array[][] = [];
  for (const [i, { paths, length }] of groups.entries()) {
    const parts: Uint8Array[] = [];
    let rest = length;
    for (const path of paths) {
      const bytes = await readShard(path, rest, onBytes);
      parts.push(bytes);
      rest -= bytes.length;
    }
    if (rest < 0) {
      throw corrupt(
        `group ${i} must have ${length} bytes: its shards have ${
          length - rest
        } or more`,
      );
    }
    if (rest > 0) {
      throw new TruncatedError(
        `Cannot read weights as group ${i} must have ${length} bytes: its shards have ${
          length - rest
        }`,
        paths.join('" or "'),
      );
    }
    shards.push(parts);
  }
  return shards;
}

/** The values of a tensor as f32, from the shards of its group. */
export function readTensor(
  entry: ManifestTensor,
  shards: readonly Uint8Array[],
): Float32Array<ArrayBuffer> {
  // Copies, as a tensor may span shards and be unaligned.
  const { buffer } = slice(shards, entry.offset, entry.length);
  const { encoding } = entry;
  switch (encoding.type) {
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "int32":
      return new Float32Array(new Int32Array(buffer));
    case "bool":
      return new Float32Array(new Uint8Array(buffer));
    case "uint8":
    case "uint16": {
      const { scale, min, isWhole } = encoding;
      const codes = encoding.type === "uint8"
        ? new Uint8Array(buffer)
        : new Uint16Array(buffer);
      const values = new Float32Array(codes.length);
      for (let i = 0; i < codes.length; i++) {
        const value = codes[i]! * scale + min;
        values[i] = isWhole ? Math.round(value) : value;
      }
      return values;
    }
  }
}

function parseTensor(
  json: unknown,
  group: number,
  offset: number,
): ManifestTensor {
  const { name: rawName, shape: rawShape, dtype, quantization } = asObject(
    json,
    "a weight",
  );
  const name = asString(rawName, "a weight's name");
  let values = 1;
  const shape = asArray(rawShape, `the shape of "${name}"`).map((extent) => {
    const count = asNumber(extent, `the shape of "${name}"`);
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new CorruptWeightsError(
        `Cannot read the tensor "${name}" as its extents must be whole numbers >= 0: one is ${count}`,
      );
    }
    values *= count;
    return count;
  });
  const encoding = parseEncoding(name, dtype, quantization);
  const length = values * BYTES[encoding.type];
  return { name, shape, encoding, group, offset, length };
}

function parseEncoding(
  name: string,
  dtype: unknown,
  quantization: unknown,
): Encoding {
  // Graph models also have integers, such as axes.
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    throw new CorruptWeightsError(
      `Cannot read the tensor "${name}" as its dtype must be one of float32, int32, bool: it is ${
        shown(dtype)
      }`,
    );
  }
  if (quantization === undefined) return { type: dtype };
  const { dtype: type, scale, min } = asObject(
    quantization,
    `the quantization of "${name}"`,
  );
  switch (type) {
    case "float16":
      return { type };
    case "uint8":
    case "uint16":
      return {
        type,
        scale: asNumber(scale, `the scale of "${name}"`),
        min: asNumber(min, `the minimum of "${name}"`),
        isWhole: dtype !== "float32",
      };
  }
  throw new CorruptWeightsError(
    `Cannot read the tensor "${name}" as its quantization must be one of float16, uint8, uint16: it is ${
      shown(type)
    }`,
  );
}

function newShard(json: unknown, shards: Set<string>): string {
  const name = shardName(asString(json, "a shard's path"));
  if (shards.has(name)) {
    throw corrupt(`the shard ${shown(name)} stands in them twice`);
  }
  if (shards.size === MAX_SHARDS) {
    throw corrupt(`they must have <= ${MAX_SHARDS} shards: they have more`);
  }
  shards.add(name);
  return name;
}

/**
 * The file name of a shard, which must be beside `model.json`: tfjs itself writes
 * `./model.weights.bin`. A path out of the folder is an attack.
 */
function shardName(path: string): string {
  const name = path.replace(/^\.\//, "");
  const isPlain = name !== "" && !/^\.|[/\\:*?"<>|%#]|\p{C}/u.test(name);
  if (isPlain && name.length <= MAX_NAME) return name;
  throw new CorruptWeightsError(
    `Cannot read the shard ${
      shown(path)
    } as its path must be a plain file name of <= ${MAX_NAME} characters`,
  );
}

/** The usual limit of file systems, for names with one byte per character. */
const MAX_NAME = 255;

function slice(
  shards: readonly Uint8Array[],
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let start = 0;
  for (const shard of shards) {
    const from = Math.max(0, offset - start);
    const to = Math.min(shard.length, offset + length - start);
    if (from < to) bytes.set(shard.subarray(from, to), start + from - offset);
    start += shard.length;
  }
  return bytes;
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read weights as ${must}`);
}
