import {
  assertArgument,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../argument.ts";
import { classOf, toBytes } from "../io/bytes.ts";
import {
  inferShapes,
  isQuantized,
  isWeighted,
  type QuantizedNetwork,
} from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { hasDigest, hashFile } from "./digest.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import { openResource, readResource, resolveResource } from "./resource.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { allocateData, parseTotemFile } from "./totem_file.ts";
import { assertNetwork } from "../network_arguments.ts";
import { CorruptWeightsError } from "../errors.ts";
import { assertWeights } from "./assert_weights.ts";
import { convExtents, forEachPacked } from "./quantize/pack.ts";

/** A Totem file that is complete and valid. */
export interface VerifiedFile {
  /** Its network. */
  readonly network: QuantizedNetwork;
  /** Its size in bytes. */
  readonly size: number;
  /** Whether it has a digest that matches its bytes. */
  readonly isSealed: boolean;
  /** The SHA-256 of all its bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** Options of `verifyFile`. */
export interface VerifyFileOptions {
  /** Aborts the verification. */
  readonly signal?: AbortSignal | undefined;
}

const VERIFY_FILE_OPTIONS: OptionNames<VerifyFileOptions> = { signal: true };

/**
 * Reads a Totem file and checks that it is complete, that its parts fit together, and
 * that its bytes match its digest.
 *
 * @param file A path or a URL, or the file's bytes in memory.
 * @throws {ArgumentError} When it is none of these.
 * @throws {CorruptWeightsError} When it isn't complete and valid.
 * @throws {UnknownModelError} When there is no such file.
 * @throws {AbortedError} When the signal fires.
 *
 * @example Write a network's file and verify it
 * ```ts
 * import { loadQuantized, verifyFile, writeNetwork } from "@totem/inception/weights";
 *
 * const { stream } = writeNetwork(await loadQuantized("nsfw"));
 * await Deno.writeFile("nsfw.safetensors", stream);
 * console.log((await verifyFile("nsfw.safetensors")).sha256);
 * ```
 */
export async function verifyFile(
  file: string | URL | Blob | Uint8Array | DataView | ArrayBufferLike,
  options: VerifyFileOptions = {},
): Promise<VerifiedFile> {
  assertOptions("verify a file", options, VERIFY_FILE_OPTIONS);
  const { signal } = options;
  assertSignal("verify a file", signal);
  const { stream, size } = await openFile(file, signal);
  return await verifyStream(stream, size, signal);
}

async function openFile(
  file: Parameters<typeof verifyFile>[0],
  signal: AbortSignal | undefined,
) {
  if (typeof file === "string" || classOf(file) === "URL") {
    const url = resolveResource(file as string | URL);
    if (url.protocol === "file:") {
      const { stream, size } = await openResource(url);
      return { stream, size: size! }; // Known for a local file.
    }
    return blobStream(await readResource(url, { limit: MAX_WEIGHTS, signal }));
  }
  const held = toBytes(file) ?? file;
  assertArgument(
    held instanceof Uint8Array || ["Blob", "File"].includes(classOf(held)),
    "verify a file as it must be a path, an address, or its bytes (Uint8Array, ArrayBuffer, DataView or Blob)",
    file,
  );
  return blobStream(held as Uint8Array | Blob);
}

function blobStream(file: Uint8Array | Blob) {
  const blob = file instanceof Uint8Array ? new Blob([file as BlobPart]) : file;
  return { stream: blob.stream(), size: blob.size };
}

/** Like {@linkcode verifyFile}, for a stream of `size` bytes. */
export async function verifyStream(
  stream: ReadableStream<Uint8Array>,
  size: number,
  signal?: AbortSignal,
): Promise<VerifiedFile> {
  const hashed = hashFile(stream, size);
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(
    hashed.stream,
    async (header) => data = await allocateData(header),
    { size, signal },
  );
  // Checked first, as damage may cause other, misleading errors.
  const isSealed = hasDigest(header);
  if (isSealed) await hashed.checkDigest(data);
  const network = parseTotemFile(header, data);
  verifyNetwork(network);
  return { network, size, isSealed, sha256: await hashed.sha256() };
}

/**
 * Checks that no weight is -128, and that the padding of packed weights is zero.
 * Reading a Totem file doesn't check the padding, as it takes time.
 *
 * @throws {CorruptWeightsError} When a weight is wrong. The message names the layer.
 */
export function verifyNetwork(network: QuantizedNetwork): void {
  assertNetwork("verify a network", network);
  assertArgument(
    isQuantized(network),
    "verify a network as its weights must be int8",
    network,
  );
  const graph = networkGraph(network);
  const shapes = inferShapes(graph);
  for (const node of graph.nodes.filter(isWeighted)) {
    const { weight } = network.quantized(node.name);
    assertWeights(node.name, weight);
    if (node.op === "dense") continue;
    const padding = weight.slice();
    forEachPacked(
      convExtents(node, shapes.get(node.input)!),
      (_, packed) => padding[packed] = 0,
    );
    if (padding.some((it) => it !== 0)) {
      throw new CorruptWeightsError(
        `Cannot use the weights of "${node.name}" as their padding must be zero`,
      );
    }
  }
}
