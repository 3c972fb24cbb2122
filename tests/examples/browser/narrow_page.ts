import { build, type BuiltFile } from "../../../examples/browser/build.ts";
import type { QuantizedNetwork } from "../../../mod.ts";
import { fileOf, narrowNetwork } from "../../backends/simd/narrow_file.ts";

/** The example's page with a narrow model, in a folder of its own. */
export interface NarrowPage extends AsyncDisposable {
  readonly folder: string;
  readonly files: readonly BuiltFile[];
  readonly network: QuantizedNetwork;
}

/** Builds it; the folder is gone when it is disposed. */
export async function buildNarrowPage(): Promise<NarrowPage> {
  const network = await narrowNetwork();
  await using model = await fileOf(network);
  const folder = await Deno.makeTempDir();
  return {
    folder,
    network,
    files: await build(folder, model.path),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
