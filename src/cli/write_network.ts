import type { QuantizedNetwork } from "../model/mod.ts";
import { writeNetwork } from "../weights/totem_file.ts";
import { verifyFile } from "./verify_file.ts";
import { writeFileWhole } from "./write_file.ts";

/** A network as its file has it. */
export interface WrittenNetwork {
  readonly network: QuantizedNetwork;
  /** In bytes, of the file. */
  readonly byteLength: number;
}

/**
 * Writes a network's file, whole or not at all. The file is read again and
 * verified before it takes its name, so that a good file is never replaced by one
 * that can't be used.
 *
 * @throws {CorruptWeightsError} When its weights aren't sound.
 */
export async function writeNetworkWhole(
  path: string,
  network: QuantizedNetwork,
): Promise<WrittenNetwork> {
  const { stream, byteLength } = writeNetwork(network);
  let written = network;
  await writeFileWhole(path, stream, async (beside) => {
    ({ network: written } = await verifyFile(beside));
  });
  return { network: written, byteLength };
}
