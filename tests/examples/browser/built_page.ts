import { build, type BuiltFile } from "../../../examples/browser/build.ts";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { fileOf } from "../../backends/simd/narrow_file.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";

/** The example's page, in a folder of its own. */
export interface BuiltPage extends AsyncDisposable {
  readonly folder: string;
  readonly files: readonly BuiltFile[];
  readonly network: QuantizedNetwork;
}

/**
 * Builds the page for a network, a narrow one unless given. The folder is gone when
 * it is disposed.
 */
export async function buildPage(
  network?: QuantizedNetwork,
): Promise<BuiltPage> {
  network ??= await wholeWordNetwork();
  await using model = await fileOf(network);
  const folder = await Deno.makeTempDir();
  return {
    folder,
    network,
    files: await build(folder, model.path),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
