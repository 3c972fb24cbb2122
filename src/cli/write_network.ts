import type { QuantizedNetwork } from "../model/mod.ts";
import { writeNetwork } from "../weights/write_totem_file.ts";
import { verifyNamedFile } from "./verify_file.ts";
import { writeFileWhole } from "./write_file.ts";

/**
 * Writes a network's file, whole or not at all. The file is read again and
 * verified before it takes its name, so that a good file is never replaced by one
 * that can't be used.
 *
 * @returns The file's length in bytes.
 * @throws {CorruptWeightsError} When its weights aren't sound.
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
