import { fileURLToPath } from "node:url";
import { bundle } from "../../../tools/bundle.ts";
import { ROOT } from "../../docs/texts.ts";

/** A page in a temporary folder, which disposing deletes. */
export interface ScriptPage extends AsyncDisposable {
  readonly folder: string;
}

/** Bundles a script of this folder into a temporary folder, with a page that runs it. */
export async function scriptPage(name: string): Promise<ScriptPage> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/index.html`,
    `<!DOCTYPE html><body><script type="module" src="${name}.js"></script>`,
  );
  const script = new URL(`${name}.ts`, import.meta.url);
  await bundle(folder, [fileURLToPath(script)], [], ROOT);
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
