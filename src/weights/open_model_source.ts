import { assertArgument } from "../argument.ts";
import { CorruptWeightsError } from "../errors.ts";
import { classOf, toBytes } from "../io/bytes.ts";
import type { ByteSource } from "../io/open_file.ts";
import { isHdf5 } from "./hdf5/signature.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { ModelSource } from "./model_source.ts";
import { openResponse } from "./resource.ts";

export interface OpenedModel {
  /** All of it. */
  readonly source: ReadableStream<Uint8Array> | ByteSource;
  /** In bytes, if it is known. */
  readonly size: number | undefined;
  /** Its first bytes, unless it is a response. */
  readonly start?: Uint8Array | undefined;
  /** All of it, if it is a Keras file (HDF5). */
  readonly hdf5?: Uint8Array | undefined;
}

/** Opens a model in memory, or a response that brings it. */
export async function openModelSource(
  source: Exclude<ModelSource, string | URL>,
): Promise<OpenedModel> {
  if (classOf(source) === "Response") {
    const { stream, size } = await openResponse(source as Response);
    return { source: stream, size };
  }
  const bytes = toBytes(source);
  if (bytes) return openBytes(bytes);
  assertArgument(
    /^(Blob|File)$/.test(classOf(source)),
    "load a model as it must be given as a known name, a path, an address, the bytes of its file (Uint8Array, ArrayBuffer, DataView or Blob), or a Response",
    source,
  );
  const blob = source as Blob;
  if (blob.size > MAX_WEIGHTS) {
    throw new CorruptWeightsError(
      `Cannot read the model as it must have <= ${MAX_WEIGHTS} bytes: it has ${blob.size}`,
    );
  }
  const start = new Uint8Array(await blob.slice(0, 64).arrayBuffer());
  if (isHdf5(start)) return openBytes(new Uint8Array(await blob.arrayBuffer()));
  return { source: blob.stream(), size: blob.size, start };
}

function openBytes(bytes: Uint8Array): OpenedModel {
  return {
    source: bytesSource(bytes),
    size: bytes.length,
    start: bytes.subarray(0, 64),
    hdf5: isHdf5(bytes) ? bytes : undefined,
  };
}

function bytesSource(bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    read(target) {
      const chunk = bytes.subarray(at, at + target.length);
      target.set(chunk);
      at += chunk.length;
      return Promise.resolve(chunk.length);
    },
    close: () => Promise.resolve(),
  };
}
