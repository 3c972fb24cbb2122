import { build } from "../../../examples/browser/build.ts";
import type { BuiltFile } from "../../../examples/browser/build/files.ts";
import { bundleScripts } from "../../../examples/browser/build/parts.ts";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { fileOf } from "../../backends/simd/narrow_file.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";

/** The example's page, built in a temporary folder. */
export interface BuiltPage extends AsyncDisposable {
  readonly folder: string;
  readonly files: readonly BuiltFile[];
  /** The first of its networks. */
  readonly network: QuantizedNetwork;
  /** The subfolder with the version in its name. */
  readonly version: string;
}

/**
 * Builds the page for networks, by default a narrow one. Disposing deletes the folder.
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
  const files = await build(folder, paths, writeScripts);
  const script = files.find(({ name }) => name.endsWith("/app.js"))!;
  return {
    folder,
    network,
    files,
    version: script.name.split("/")[0]!,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The scripts by file name, after the first build. */
let scripts: ReadonlyMap<string, Uint8Array> | undefined;

/** Bundles the scripts once, which takes seconds: they are the same for all models. */
export async function writeScripts(folder: string): Promise<void> {
  if (scripts === undefined) {
    await bundleScripts(folder);
    scripts = new Map(
      Deno.readDirSync(folder).filter(({ isFile }) => isFile)
        .map(({ name }) => [name, Deno.readFileSync(`${folder}/${name}`)]),
    );
    return;
  }
  for (const [name, bytes] of scripts) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
}
