import { expectArgument } from "../argument.ts";
import type { QuantizedNetwork } from "../model/mod.ts";
import { hasDigest, hashFile } from "./digest.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import { openResource, readResource, resolveResource } from "./resource.ts";
import { readSafetensors } from "./safetensors/read.ts";
import { networkOf, placeNetwork } from "./totem_file.ts";
import { verifyNetwork } from "./verify_network.ts";

/** A Totem file that is sound. */
export interface VerifiedFile {
  /** What it holds. */
  readonly network: QuantizedNetwork;
  /** In bytes. */
  readonly size: number;
  /** Whether it carries a digest, which its bytes match. */
  readonly isSealed: boolean;
  /** The SHA-256 of all its bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a Totem file and checks all that can be checked: that it is whole, that its
 * parts fit together, and that its bytes have the digest that it carries.
 *
 * @param file A path or an address, or the file's bytes.
 * @throws {CorruptWeightsError} When it isn't sound.
 * @throws {UnknownModelError} When there is no such file.
 *
 * @example Write a network's file and verify it
 * ```ts
 * import {
 *   loadQuantized,
 *   verifyFile,
 *   writeNetwork,
 * } from "@totem/inception/weights";
 *
 * const { stream } = writeNetwork(await loadQuantized("nsfw"));
 * await Deno.writeFile("nsfw.safetensors", stream);
 * console.log((await verifyFile("nsfw.safetensors")).sha256);
 * ```
 */
export async function verifyFile(
  file: string | URL | Uint8Array | Blob,
): Promise<VerifiedFile> {
  if (typeof file === "string" || file instanceof URL) {
    const url = resolveResource(file);
    const { stream, size } = url.protocol === "file:"
      ? await openResource(url)
      : streamOf(await readResource(url, { limit: MAX_WEIGHTS }));
    return await verifyStream(stream, size!);
  }
  expectArgument(
    file instanceof Uint8Array || file instanceof Blob,
    "verify a file as it must be a path, an address, a Uint8Array or a Blob",
    file,
  );
  const { stream, size } = streamOf(file);
  return await verifyStream(stream, size);
}

function streamOf(file: Uint8Array | Blob) {
  const blob = file instanceof Blob ? file : new Blob([file as BlobPart]);
  return { stream: blob.stream(), size: blob.size };
}

/** Verifies a file of `size` bytes as {@linkcode verifyFile} does. */
export async function verifyStream(
  stream: ReadableStream<Uint8Array>,
  size: number,
): Promise<VerifiedFile> {
  const hashed = hashFile(stream, size);
  let data: Uint8Array = new Uint8Array();
  const header = await readSafetensors(
    hashed.stream,
    async (header) => data = await placeNetwork(header, undefined),
    { size },
  );
  const network = networkOf(header, data);
  verifyNetwork(network);
  const isSealed = hasDigest(header);
  if (isSealed) await hashed.checkDigest(data);
  return { network, size, isSealed, sha256: await hashed.sha256() };
}
