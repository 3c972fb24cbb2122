/**
 * Makes the package for npm in `npm/`: plain ES modules for Node and for bundlers,
 * which share their parts. `deno task npm`, then `npm install ./npm` elsewhere.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);

/**
 * Makes it in the folder `out`, in the place of what was there.
 *
 * @returns Its `package.json`.
 */
export async function buildNpm(out: string): Promise<PackageJson> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  // The command line is Deno's alone.
  const entries = Object.entries(config.exports)
    .filter(([name]) => name !== "./cli");
  await bundle(out, entries.map(([, path]) => path));
  const packageJson = describe(entries, await importsOf(out));
  await Deno.writeTextFile(
    `${out}/package.json`,
    `${JSON.stringify(packageJson, null, 2)}\n`,
  );
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE"]) {
    await Deno.copyFile(new URL(name, ROOT), `${out}/${name}`);
  }
  return packageJson;
}

/** What of a `package.json` is written. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: "module";
  readonly sideEffects: false;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Versions;
  readonly peerDependencies: Versions;
  readonly peerDependenciesMeta: Readonly<
    Record<string, { readonly optional: true }>
  >;
}

/** Packages and the versions that are wanted of them. */
type Versions = Readonly<Record<string, string>>;

async function bundle(out: string, paths: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=browser", // Node's own modules are asked for, not imported.
      "--code-splitting",
      ...Object.keys(config.imports).flatMap((it) => [
        `--external=${it}`,
        `--external=${it}/*`,
      ]),
      `--outdir=${out}`,
      ...paths,
    ],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The packages that the bundle imports, with the versions that are pinned. */
async function importsOf(out: string): Promise<Versions> {
  const texts = await Promise.all(
    (await filesIn(out)).map((it) => Deno.readTextFile(it)),
  );
  return Object.fromEntries(
    Object.entries(config.imports)
      .filter(([name]) =>
        texts.some((text) => text.includes(`import("${name}`))
      )
      .map((
        [name, target],
      ) => [name, target.slice(target.lastIndexOf("@") + 1)]),
  );
}

/** The paths of all files in a folder and in those within it. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesIn(path));
    else files.push(path);
  }
  return files;
}

function describe(
  entries: readonly (readonly [name: string, path: string])[],
  imports: Versions,
): PackageJson {
  // Who computes in int8 alone needs nothing of tfjs.
  const pick = (tfjs: boolean): Versions =>
    Object.fromEntries(
      Object.entries(imports)
        .filter(([name]) => name.startsWith("@tensorflow/") === tfjs),
    );
  const { name, version, license } = config;
  return {
    name,
    version,
    license,
    type: "module",
    sideEffects: false,
    // Others lack process.getBuiltinModule.
    engines: { node: "^20.16.0 || >=22.3.0" },
    exports: Object.fromEntries(
      entries.map(([name, path]) => [name, path.replace(/\.ts$/, ".js")]),
    ),
    dependencies: pick(false),
    peerDependencies: pick(true),
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(pick(true)).map((name) => [name, { optional: true }]),
    ),
  };
}

if (import.meta.main) {
  const { name, version } = await buildNpm(fileURLToPath(new URL("npm", ROOT)));
  console.log(`npm: ${name}@${version}`);
}
