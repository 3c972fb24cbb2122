import { streamFile } from "../weights/file_stream.ts";
import { type VerifiedFile, verifyStream } from "../weights/verify_file.ts";
import { foreignFileError } from "./foreign_file.ts";
import { openNamedFile } from "./named_file.ts";
import type { QuantizedNetwork } from "../model/mod.ts";
import { writeNetwork } from "../weights/write_totem_file.ts";
import { writeFileWhole } from "./write_file.ts";

/**
 * Verifies the Totem file at `path`.
 *
 * @throws {CorruptWeightsError | FileError} When it is damaged, or not a Totem file.
 */
export async function verifyNamedFile(path: string): Promise<VerifiedFile> {
  const { size, read, close } = await openNamedFile("verify", path);
  try {
    return await verifyStream(streamFile(read, close), size);
  } catch (error) {
    throw await foreignFileError(
      error,
      "verify",
      path,
      "a Totem file",
      "totem inspect --model shows it, and totem convert makes a Totem file of it",
    );
  }
}

/**
 * Writes a network's file atomically. It is verified before it is renamed to `path`, so
 * that an unusable file never replaces a good one.
 *
 * @returns The file's length in bytes.
 * @throws {CorruptWeightsError} When its weights are invalid.
 */
export async function writeNetworkWhole(
  path: string,
  network: QuantizedNetwork,
): Promise<number> {
  const { stream, byteLength } = writeNetwork(network);
  await writeFileWhole(path, stream, async (beside) => {
    await verifyNamedFile(beside);
  });
  return byteLength;
}
