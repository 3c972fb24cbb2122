/**
 * This package and the code that measures as JavaScript: modules for Node, which
 * finds packages itself, and for pages, with what they import of npm.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import map from "../../import_map.json" with { type: "json" };

/** Bundles an entry of this folder into the folder `out`. */
export async function bundle(
  entry: "node_main.ts" | "page_main.ts",
  out: string,
): Promise<void> {
  const forNode = entry === "node_main.ts";
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=browser", // Node's own modules are asked for, not imported.
      "--code-splitting",
      ...forNode
        ? Object.keys(map.imports).flatMap((it) => [
          `--external=${it}`,
          `--external=${it}/*`,
        ])
        : ["--minify"],
      ...forNode ? ["--external=node:*"] : ["--minify"],
      `--outdir=${out}`,
      fileURLToPath(new URL(entry, import.meta.url)),
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.writeTextFile(`${out}/package.json`, '{"type":"module"}');
}
