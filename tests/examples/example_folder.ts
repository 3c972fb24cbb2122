import { dirname } from "node:path";

const ROOT = new URL("../../", import.meta.url);

/** A copy of an example, which disposing deletes. */
export interface ExampleFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Copies `file` of an example to a temporary folder, like a project that uses the
 * package: with its imports, and none of the other settings here.
 */
export async function copyExample(
  name: string,
  file: string,
): Promise<ExampleFolder> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(dirname(`${path}/${file}`), { recursive: true });
  await Deno.copyFile(
    new URL(`examples/${name}/${file}`, ROOT),
    `${path}/${file}`,
  );
  const imports = await packageImports();
  await Deno.writeTextFile(`${path}/deno.json`, JSON.stringify({ imports }));
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** The imports of a project that uses this version of the package. */
export async function packageImports(): Promise<Record<string, string>> {
  const { name: self, exports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("import_map.json", ROOT)),
  );
  for (const [entry, module] of Object.entries<string>(exports)) {
    imports[`${self}${entry.slice(1)}`] = new URL(module, ROOT).href;
  }
  return imports;
}
