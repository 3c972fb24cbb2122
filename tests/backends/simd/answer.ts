import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { openFile } from "../../../src/io/open_file.ts";
import { streamFile } from "../../../src/weights/file_stream.ts";
import { readNetwork } from "../../../src/weights/totem_file.ts";
import { noise } from "../../random.ts";

/**
 * Runs noise through the network of a Totem file with the engine; returns the hash of
 * the features and probabilities.
 */
export async function answer(
  path: string,
  request: Parameters<typeof wasmInt8>[0],
): Promise<string> {
  const file = (await openFile(path))!;
  const network = await readNetwork(streamFile(file.read, file.close));
  const graph = inceptionV3({ ...network.architecture, variant: 75 });
  // Not `using`, which Node 20 doesn't support.
  const session = await wasmInt8(request).reserve(graph).open(network);
  const pixels = noise(75);
  const values = [
    ...await session.run(pixels, "features"),
    ...await session.run(pixels, "probabilities"),
  ];
  session[Symbol.dispose]();
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(
    new Uint8Array(hash),
    (it) => it.toString(16).padStart(2, "0"),
  ).join("");
}
