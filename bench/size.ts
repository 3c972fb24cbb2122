/**
 * Measures the size of each entry of the npm package in a bundle, minified by esbuild,
 * which is part of Deno, and compressed by gzip. Prints the tables of `docs/node.md`:
 * `deno task bench-size`.
 *
 * @module
 */
import { readOptions } from "./options.ts";
import { pathToFileURL } from "node:url";
import { buildNpm } from "../tools/build_npm.ts";
import { bundle } from "../tools/bundle.ts";
import type { PackageJson } from "../tools/npm/manifest.ts";

/** The sizes of an entry's bundles, in bytes. */
export interface Weight {
  /** The import specifier of the entry. */
  readonly entry: string;
  /** The imported names: `load` alone, or `*`. */
  readonly taken: string;
  /** The part that is loaded at start. */
  readonly start: Size;
  /** The start, plus all parts that may be loaded on demand. */
  readonly whole: Size;
  /** The parts that a page may need, by module name. */
  readonly parts: ReadonlyMap<string, Size>;
}

/** A size in bytes, minified, and minified and compressed. */
export interface Size {
  readonly minified: number;
  readonly compressed: number;
}

/** Modules whose parts have their own rows. */
const PARTS = [
  "relaxed",
  "relaxed_threads",
  "plain",
  "jpeg",
  "png",
  "webp",
  "avif",
];

/**
 * Measures all entries that bundlers can use.
 *
 * @param built The package's folder.
 */
export async function weighEntries(built: string): Promise<readonly Weight[]> {
  const folder = await Deno.makeTempDir();
  try {
    const { name, exports }: PackageJson = JSON.parse(
      await Deno.readTextFile(`${built}/package.json`),
    );
    const weights: Weight[] = [];
    for (const [entry, target] of Object.entries(exports)) {
      if (entry === "./cli") continue; // It runs only in Node.
      if (/\.(wasm|json)$/.test(entry) || typeof target === "string") continue;
      const path = `${built}/${target.default}`;
      const taken = "load" in await import(pathToFileURL(path).href)
        ? "load"
        : "*";
      const files = await bundleImport(folder, path, taken);
      weights.push({
        entry: `${name}${entry.slice(1)}`,
        taken,
        ...weigh(files),
      });
    }
    return weights;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface BundledFile extends Size {
  readonly text: string;
}

async function bundleImport(
  folder: string,
  entry: string,
  taken: string,
): Promise<ReadonlyMap<string, BundledFile>> {
  const out = await Deno.makeTempDir({ dir: folder });
  const names = taken === "*" ? taken : `{ ${taken} }`;
  const address = JSON.stringify(pathToFileURL(entry).href);
  const source = `export ${names} from ${address};`;
  await Deno.writeTextFile(`${out}/entry.js`, source);
  await bundle(`${out}/dist`, [`${out}/entry.js`], [
    "--minify",
    "--external=@tensorflow/*",
  ]);
  const files = new Map<string, BundledFile>();
  for await (const { name } of Deno.readDir(`${out}/dist`)) {
    const bytes = await Deno.readFile(`${out}/dist/${name}`);
    const gzip = new Blob([bytes]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    files.set(name, {
      text: new TextDecoder().decode(bytes),
      minified: bytes.length,
      compressed: (await new Response(gzip).arrayBuffer()).byteLength,
    });
  }
  return files;
}

function weigh(
  files: ReadonlyMap<string, BundledFile>,
): Omit<Weight, "entry" | "taken"> {
  const start = new Set<string>();
  const follow = (name: string) => {
    if (start.has(name)) return;
    start.add(name);
    const { text } = files.get(name)!;
    // Static imports, which are loaded at once.
    for (const [, imported] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) {
      follow(imported!);
    }
  };
  follow("entry.js");
  const parts = new Map<string, Size>();
  for (const [name, size] of files) {
    const part = PARTS.find((it) => name.startsWith(`${it}-`));
    if (part !== undefined) parts.set(part, size);
  }
  return {
    start: sum([...start].map((it) => files.get(it)!)),
    whole: sum([...files.values()]),
    parts,
  };
}

function sum(sizes: readonly Size[]): Size {
  const add = (key: keyof Size) =>
    sizes.reduce((total, it) => total + it[key], 0);
  return { minified: add("minified"), compressed: add("compressed") };
}

/** The tables as Markdown. */
export function sizeTables(weights: readonly Weight[]): string {
  const row = (names: readonly string[], ...sizes: readonly Size[]) =>
    `| ${names.map((it) => `\`${it}\``).join(" | ")} | ${
      sizes.flatMap((it) => [it.minified, it.compressed])
        .map((it) => `${(it / 1000).toFixed(it < 9950 ? 1 : 0)} KB`)
        .join(" | ")
    } |`;
  const root = weights.find(({ parts }) => parts.size === PARTS.length);
  return [
    "| entry | import | at start, minified | gzip | with all parts | gzip |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...weights.map(({ entry, taken, start, whole }) =>
      row([entry, taken], start, whole)
    ),
    "",
    "| part | minified | gzip |",
    "| --- | ---: | ---: |",
    ...PARTS.map((it) => row([it], root!.parts.get(it)!)),
  ].join("\n");
}

if (import.meta.main) {
  readOptions("bench-size", {});
  const folder = await Deno.makeTempDir();
  try {
    await buildNpm(folder);
    console.log(sizeTables(await weighEntries(folder)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
