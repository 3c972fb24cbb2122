import map from "../import_map.json" with { type: "json" };
import { runDeno } from "./run_deno.ts";

/** Flags that leave npm packages as external imports. */
export const WITHOUT_PACKAGES: readonly string[] = Object.keys(map.imports)
  .flatMap((it) => [`--external=${it}`, `--external=${it}/*`]);

/**
 * Bundles entries into the folder `out`: JavaScript for pages and for Node, split into
 * chunks that are loaded on demand.
 *
 * @param flags Further flags of `deno bundle`.
 * @param folder The working directory, to which relative paths refer.
 * @throws {Error} With the bundler's output, if it fails.
 */
export async function bundle(
  out: string,
  entries: readonly string[],
  flags: readonly string[],
  folder?: URL,
): Promise<void> {
  await runDeno([
    "bundle",
    "--quiet",
    "--platform=browser", // Node's own modules are looked up at run time, not imported.
    "--code-splitting",
    ...flags,
    `--outdir=${out}`,
    ...entries,
  ], folder);
}
