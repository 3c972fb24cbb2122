import type { QuantizedNetwork } from "../model/mod.ts";
import { hasDigest, hashFile } from "../weights/digest.ts";
import { streamFile } from "../weights/file_stream.ts";
import { readSafetensors } from "../weights/safetensors/read.ts";
import { networkOf, placeNetwork } from "../weights/totem_file.ts";
import { verifyNetwork } from "../weights/verify_network.ts";
import { openNamedFile } from "./named_file.ts";

/** A Totem file that is sound. */
export interface VerifiedFile {
  readonly network: QuantizedNetwork;
  /** In bytes. */
  readonly size: number;
  /** Whether it carries a digest, which its bytes have. */
  readonly isSealed: boolean;
  /** Of all its bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a Totem file and checks all that can be.
 *
 * @throws {CorruptWeightsError} When it isn't sound.
 * @throws {FileError} When it isn't a file.
 */
export async function verifyFile(path: string): Promise<VerifiedFile> {
  const { size, read, close } = await openNamedFile("verify", path);
  const hashed = hashFile(streamFile(read, close), size);
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
