/**
 * Finds circular imports between modules of the package, including types. Modules in a
 * circle can't be read or moved one at a time. `deno task lint:circular`.
 *
 * @module
 */
import { ENTRIES } from "./entries.ts";
import { runDeno } from "./run_deno.ts";

const ROOT = new URL("../", import.meta.url);

/** The static imports of each module. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * Finds a circle for each import that closes one: its modules, from the first to
 * itself.
 */
export function findCircles(imports: Imports): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const path: string[] = [];
  const done = new Set<string>();
  const visit = (module: string) => {
    if (done.has(module)) return;
    const start = path.indexOf(module);
    if (start >= 0) {
      circles.push([...path.slice(start), module]);
      return;
    }
    path.push(module);
    for (const imported of imports.get(module) ?? []) visit(imported);
    path.pop();
    done.add(module);
  };
  for (const module of imports.keys()) visit(module);
  return circles;
}

/** Modules that are never imported by a literal specifier. */
const HIDDEN = ["src/cli/searched_run.ts"].concat(
  Array.from(
    Deno.readDirSync(new URL("src/cli/batch", ROOT)),
    ({ name }) => `src/cli/batch/${name}`,
  ),
);

/** Collects the imports of the package's modules, from all of its entries. */
async function importsOfPackage(): Promise<Imports> {
  const imports = new Map<string, string[]>();
  for (const entry of [...Object.values(ENTRIES), ...HIDDEN]) {
    for (const { specifier, dependencies = [] } of await modulesOf(entry)) {
      if (!specifier.startsWith(ROOT.href)) continue;
      const names = dependencies
        .filter(({ isDynamic }) => !isDynamic)
        .flatMap(({ code, type }) => [code?.specifier, type?.specifier])
        .filter((it) => it?.startsWith(ROOT.href))
        .map((it) => shortName(it!));
      imports.set(shortName(specifier), names);
    }
  }
  return imports;
}

/** A module in the output of `deno info`. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

async function modulesOf(entry: string): Promise<readonly ModuleInfo[]> {
  return JSON.parse(await runDeno(["info", "--json", entry], ROOT)).modules;
}

function shortName(specifier: string): string {
  return specifier.slice(ROOT.href.length);
}

if (import.meta.main) {
  const imports = await importsOfPackage();
  const circles = findCircles(imports);
  for (const circle of circles) console.error(circle.join("\n  -> "));
  console.error(`${imports.size} modules, ${circles.length} circles`);
  if (circles.length > 0) Deno.exit(1);
}
