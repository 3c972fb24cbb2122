/**
 * An index as a safetensors file, with these tensors in this order:
 *
 * | tensor    | type and shape          | content                                   |
 * | --------- | ----------------------- | ----------------------------------------- |
 * | `codes`   | U8 `[images, features]` | features of 0..127                        |
 * | `scales`  | F32 `[images]`          | what makes each row a vector of length 1  |
 * | `pattern` | U8 `[features]`         | the model's features of a test pattern    |
 * | `images`  | U8 `[bytes]`            | JSON in UTF-8: `[[name, version], ...]`   |
 *
 * The rest is JSON in the header's metadata, under `totem.index`.
 *
 * @module
 */
import { assertArgument, assertOptions } from "../argument.ts";
import { CorruptWeightsError } from "../errors.ts";
import type { ByteSource } from "../io/open_file.ts";
import { asArray, asNumber, asString, shown } from "../weights/json.ts";
import { OtherFileError } from "../weights/other_file.ts";
import { parseJson, parseJsonObject } from "../weights/parse_json.ts";
import type { SafetensorsHeader } from "../weights/safetensors/header.ts";
import {
  readSafetensors,
  type ReadSafetensorsOptions,
} from "../weights/safetensors/read.ts";
import type {
  Dtype,
  TensorEntry,
} from "../weights/safetensors/tensor_entry.ts";
import {
  type TensorSource,
  writeSafetensors,
  type WrittenSafetensors,
} from "../weights/safetensors/write.ts";
import {
  type CodeMatrix,
  createCodeMatrix,
  MAX_FEATURES,
} from "./code_matrix.ts";
import { filledIndex, type IndexedImage, SearchIndex } from "./search_index.ts";

/** The metadata key. */
const METADATA = "totem.index";
const FORMAT = 1;

/**
 * The maximum size of everything except the codes, in bytes. It is parsed as one string.
 */
const MAX_REST = 2 ** 31;

/**
 * Writes an index as a stream of bytes. Don't change the index until the stream has
 * been read.
 *
 * A file can't be extended in place. Write a new one next to it and rename that, so a
 * crash leaves either the old file or the new one.
 */
export function writeIndex(index: SearchIndex): WrittenSafetensors {
  assertArgument(
    index instanceof SearchIndex,
    "write an index as it must be a SearchIndex, as readIndex() gives it",
    index,
  );
  const { model, root, size, featureCount } = index;
  const images = new TextEncoder().encode(
    JSON.stringify(index.images.map(({ name, version }) => [name, version])),
  );
  const json = JSON.stringify({
    format: FORMAT,
    model: model.name,
    size: model.size,
    geometry: model.geometry,
    root,
  });
  const tensor = (
    name: string,
    dtype: Dtype,
    shape: number[],
    data: () => Uint8Array,
  ): TensorSource => ({ name, dtype, shape, data });
  return writeSafetensors(new Map([[METADATA, json]]), [
    tensor("codes", "U8", [size, featureCount], () => index.codes),
    tensor("scales", "F32", [size], () => new Uint8Array(index.scales.buffer)),
    tensor("pattern", "U8", [featureCount], () => model.pattern),
    tensor("images", "U8", [images.length], () => images),
  ]);
}

/**
 * Reads an index from a file. Its codes are read directly into the memory in which they
 * are searched.
 *
 * @throws {CorruptWeightsError} When the file isn't a complete and valid index, or of a
 * version that can't be read.
 * @throws {MemoryLimitError} When it has more images than one WASM memory can hold.
 * @throws {AbortedError} When the signal fires.
 * @throws {BackendUnavailableError} As {@linkcode SearchIndex.create}.
 */
export async function readIndex(
  source: ReadableStream<Uint8Array> | ByteSource,
  options: ReadSafetensorsOptions = {},
): Promise<SearchIndex> {
  return await readIndexInto(createCodeMatrix, source, options);
}

/** Like {@linkcode readIndex}, into a matrix from `matrixOf`. */
export async function readIndexInto(
  matrixOf: typeof createCodeMatrix,
  source: ReadableStream<Uint8Array> | ByteSource,
  options: ReadSafetensorsOptions = {},
): Promise<SearchIndex> {
  assertOptions("read an index", options);
  let matrix: CodeMatrix | undefined;
  let rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  const header = await readSafetensors(source, async (header) => {
    const { codes } = parseHeader(header);
    const [count, features] = codes.shape;
    matrix = await matrixOf(features!);
    const rows = matrix.rows(count!);
    rest = new Uint8Array(header.dataLength - codes.length);
    return [rows, rest];
  }, options);

  const { metadata, ...tensors } = parseHeader(header);
  const bytesOf = ({ offset, length }: TensorEntry) => {
    const begin = offset - tensors.codes.length;
    return rest.slice(begin, begin + length);
  };
  const pattern = bytesOf(tensors.pattern);
  assertCodes(pattern.every((it) => it <= 127), "pattern");
  const count = tensors.codes.shape[0]!;
  const images = parseImages(bytesOf(tensors.images), count);
  const scales = new Float32Array(bytesOf(tensors.scales).buffer);
  assertScales(scales);
  assertCodes(matrix!.areCodes(count), "codes");
  const { root, ...model } = metadata;
  const indexed = { root, model: { ...model, pattern } };
  return filledIndex(indexed, matrix!, images, scales);
}

/** The metadata and the tensors of an index. */
function parseHeader({ metadata, tensors, dataLength }: SafetensorsHeader) {
  const json = metadata.get(METADATA);
  if (json === undefined) {
    if (metadata.has("totem")) {
      throw new CorruptWeightsError(
        "Cannot use the file as an index as it is a model: totem index makes an index of a folder of images",
      );
    }
    throw new OtherFileError(
      `Cannot use the file as an index as its metadata must have "${METADATA}": totem index makes such a file of a folder of images`,
    );
  }
  const parsed = parseMetadata(json);
  const [codes, scales, pattern, images] = tensors;
  const [count, features = 0] = codes?.shape ?? [];
  const found = tensors.slice(0, 5).map(({ name, dtype, shape }) =>
    `${name} ${dtype} [${shape}]`
  );
  const expected = [
    `codes U8 [${count},${features}]`,
    `scales F32 [${count}]`,
    `pattern U8 [${features}]`,
    `images U8 [${images?.length}]`,
  ];
  const isIndex = `${found}` === `${expected}` && features >= 1 &&
    features <= MAX_FEATURES;
  if (isIndex && codes && scales && pattern && images) {
    const rest = dataLength - codes.length;
    if (rest > MAX_REST) {
      throw corrupt(
        `it must have <= ${MAX_REST} bytes besides its codes: it has ${rest}`,
      );
    }
    return { codes, scales, pattern, images, metadata: parsed };
  }
  throw corrupt(
    `its tensors must be codes U8 [images, features], scales F32 [images], pattern U8 [features] and images U8 [bytes], of 1 to ${MAX_FEATURES} features: they are ${
      found.join(", ")
    }`,
  );
}

function parseMetadata(json: string) {
  const metadata = parseJsonObject(json, "the metadata of the index");
  if (metadata.format !== FORMAT) {
    throw corrupt(
      `its format must be ${FORMAT}: it is ${shown(metadata.format)}`,
    );
  }
  return {
    name: asString(metadata.model, "the model of the index"),
    size: asNumber(metadata.size, "the model's size in the index"),
    geometry: metadata.geometry === undefined
      ? undefined
      : asString(metadata.geometry, "the model's geometry in the index"),
    root: asString(metadata.root, "the root of the index"),
  };
}

function parseImages(bytes: Uint8Array, count: number): IndexedImage[] {
  // Each is `["name","version"],`.
  const bounds = { maxDepth: 2, maxMarks: 4 * count + 2 };
  const where = "the images of the index";
  const rows = asArray(parseJson(bytes, where, bounds), where);
  if (rows.length !== count) {
    throw corrupt(`it must name ${count} images: it names ${rows.length}`);
  }
  const names = new Set<string>();
  return rows.map((row, i) => {
    const where = `image ${i} of the index`;
    const [name, version] = asArray(row, where);
    const image = {
      name: asString(name, `the name of ${where}`),
      version: asString(version, `the version of ${where}`),
    };
    if (names.has(image.name)) {
      throw corrupt(
        `names must differ: ${JSON.stringify(image.name)} stands twice`,
      );
    }
    names.add(image.name);
    return image;
  });
}

function assertScales(scales: Float32Array): void {
  for (const scale of scales) {
    // All other vectors of codes have a length >= 1.
    if (scale >= 0 && scale <= 1) continue;
    throw corrupt(`its scales must be in 0..1: one is ${scale}`);
  }
}

function assertCodes(isSound: boolean, tensor: string): void {
  if (isSound) return;
  throw corrupt(`its ${tensor} must be 0..127: there are larger ones`);
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read an index as ${must}`);
}
