import map from "../import_map.json" with { type: "json" };
import { runDeno } from "./run_deno.ts";

/** Flags that leave imports of npm packages as they are, for others to find. */
export const WITHOUT_PACKAGES: readonly string[] = Object.keys(map.imports)
  .flatMap((it) => [`--external=${it}`, `--external=${it}/*`]);

/**
 * Bundles entries into the folder `out`: JavaScript for pages and for Node, in parts
 * that are loaded when they are needed.
 *
 * @param flags What `deno bundle` is asked besides.
 * @param folder Where it runs, and where relative paths begin.
 * @throws {Error} What it says when it fails.
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
    "--platform=browser", // Node's own modules are asked for, not imported.
    "--code-splitting",
    ...flags,
    `--outdir=${out}`,
    ...entries,
  ], folder);
}
