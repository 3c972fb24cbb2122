import { streamFile } from "../weights/file_stream.ts";
import { type VerifiedFile, verifyStream } from "../weights/verify_file.ts";
import { foreignFileError } from "./foreign_file.ts";
import { openNamedFile } from "./named_file.ts";

/**
 * Verifies the Totem file at `path`.
 *
 * @throws {CorruptWeightsError} When it isn't sound.
 * @throws {FileError} When it isn't a file, or is one of another kind.
 */
export async function verifyNamedFile(path: string): Promise<VerifiedFile> {
  const { size, read, close } = await openNamedFile("verify", path);
  try {
    return await verifyStream(streamFile(read, close), size);
  } catch (error) {
    throw await foreignFileError(error, "verify", path, "a Totem file");
  }
}
