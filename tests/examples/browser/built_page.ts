import { build } from "../../../examples/browser/build.ts";
import type { BuiltFile } from "../../../examples/browser/build/files.ts";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { fileOf } from "../../backends/simd/narrow_file.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";

/** The example's page, in a folder of its own. */
export interface BuiltPage extends AsyncDisposable {
  readonly folder: string;
  readonly files: readonly BuiltFile[];
  /** The first of its networks. */
  readonly network: QuantizedNetwork;
  /** The folder in it whose name has the version. */
  readonly version: string;
}

/**
 * Builds the page for networks, a narrow one unless given. The folder is gone when it
 * is disposed.
 */
export async function buildPage(
  network?: QuantizedNetwork,
  ...others: readonly QuantizedNetwork[]
): Promise<BuiltPage> {
  network ??= await wholeWordNetwork();
  await using models = new AsyncDisposableStack();
  const paths = [];
  for (const it of [network, ...others]) {
    paths.push(models.use(await fileOf(it)).path);
  }
  const folder = await Deno.makeTempDir();
  const files = await build(folder, paths);
  const script = files.find(({ name }) => name.endsWith("/app.js"))!;
  return {
    folder,
    network,
    files,
    version: script.name.split("/")[0]!,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
