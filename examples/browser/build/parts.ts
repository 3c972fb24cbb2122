/**
 * Bundles the page's script, and the worker with the package in it, in chunks that load
 * on demand.
 *
 * @module
 */
import { rollup } from "rollup";
import { bundle } from "../../../tools/bundle.ts";

/** Bundles `worker.ts` and `app.js` into the folder `out`. */
export async function bundleScripts(out: string): Promise<void> {
  const here = new URL("../", import.meta.url);
  await bundle(out, ["worker.ts"], ["--minify"], here);
  await joinParts(out);
  await bundle(out, ["app.js"], ["--minify"], here);
}

/**
 * Joins the worker's static imports into one file. The bundler makes a file for every
 * set of modules that two chunks share: 41 files, which are 9 KB larger compressed and
 * need a request each.
 */
async function joinParts(folder: string): Promise<void> {
  const worker = `${folder}/worker.js`;
  const bundle = await rollup({
    input: worker,
    treeshake: false,
    // In WebKit, a chunk that imports the worker itself would run it again.
    preserveEntrySignatures: "strict",
  });
  const concurrency = new Set<string>();
  const { output } = await bundle.generate({
    dir: folder,
    compact: true,
    hashCharacters: "base36",
    chunkFileNames: ({ name }) =>
      `${name.replace(/-[A-Z\d]{8}$/, "")}-[hash].js`,
    onlyExplicitManualChunks: true,
    manualChunks(id, { getModuleInfo }) {
      const add = (id: string) => {
        if (concurrency.has(id)) return;
        concurrency.add(id);
        getModuleInfo(id)!.importedIds.forEach(add);
      };
      add(worker);
      return concurrency.has(id) ? "package" : null;
    },
  });
  await bundle.close();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) await Deno.remove(`${folder}/${name}`);
  }
  for (const part of output) {
    if (part.type === "chunk") {
      await Deno.writeTextFile(`${folder}/${part.fileName}`, part.code);
    }
  }
}
