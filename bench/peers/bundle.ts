/**
 * Bundles this package and the measuring code as JavaScript: modules for Node, which
 * resolves packages itself, and for pages, with their npm packages included.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { bundle as bundleParts, WITHOUT_PACKAGES } from "../../tools/bundle.ts";

/** Bundles an entry of this folder into the folder `out`. */
export async function bundle(
  entry: "node_main.ts" | "page_main.ts",
  out: string,
): Promise<void> {
  const forNode = entry === "node_main.ts";
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await bundleParts(
    out,
    [fileURLToPath(new URL(entry, import.meta.url))],
    forNode ? [...WITHOUT_PACKAGES, "--external=node:*"] : ["--minify"],
  );
  await Deno.writeTextFile(`${out}/package.json`, '{"type":"module"}');
}
