import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** A page in a folder, which is gone when it is disposed. */
export interface ScriptPage extends AsyncDisposable {
  readonly folder: string;
}

/** Bundles a script of this folder in a new folder, with a page that runs it. */
export async function scriptPage(name: string): Promise<ScriptPage> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/index.html`,
    `<!DOCTYPE html><body><script type="module" src="${name}.js"></script>`,
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ..."bundle --quiet --platform browser --code-splitting".split(" "),
      `--outdir=${folder}`,
      fileURLToPath(import.meta.resolve(`./${name}.ts`)),
    ],
    cwd: fileURLToPath(import.meta.resolve("../../../")),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
