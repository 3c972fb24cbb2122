/**
 * Declarations for TypeScript: for each file reachable from the entries, only the
 * statements that an exported symbol needs. This leaves out internals, and types of
 * packages that a user may not have, such as tfjs's.
 *
 * @module
 */
import { posix } from "node:path";
import { identifiersIn, type Module, readModule } from "./declared_module.ts";
import { printModule } from "./print_module.ts";

/**
 * Makes the declarations of `entries`.
 *
 * @param root The folder of the entries, with a slash at its end.
 * @param entries Paths relative to `root`.
 * @returns The declarations by path; the paths end in `.d.ts`.
 * @throws {Error} If an export has no explicit type, or needs a symbol that doesn't
 * exist.
 */
export async function makeDeclarations(
  root: URL,
  entries: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const modules = new Map<string, Module>();
  const openModule = async (path: string): Promise<Module> => {
    const module = modules.get(path) ??
      readModule(path, await Deno.readTextFile(new URL(path, root)));
    modules.set(path, module);
    return module;
  };

  /** Keeps a module's export, and everything that it needs. */
  const keepExport = async (path: string, name: string): Promise<void> => {
    const module = await openModule(path);
    const found = module.exports.get(name);
    if (found === undefined) {
      throw new Error(`${path} has no ${name}`);
    }
    if (module.keptExports.has(name)) return;
    module.keptExports.add(name);
    if (found.from === null) await keepLocal(module, found.name);
    else await keepExport(resolve(path, found.from), found.name);
  };

  /** Keeps a name that is declared or imported in a module. */
  const keepLocal = async (module: Module, name: string): Promise<void> => {
    if (module.keptLocals.has(name)) return;
    const imported = module.imports.get(name);
    const statements = module.declared.get(name);
    if (imported === undefined && statements === undefined) return;
    module.keptLocals.add(name);
    if (imported !== undefined) {
      if (!isRelative(imported.from)) {
        throw new Error(`${module.path} needs ${name} of ${imported.from}`);
      }
      await keepExport(resolve(module.path, imported.from), imported.name);
    }
    for (const statement of statements ?? []) {
      for (const problem of module.problemsIn(statement)) {
        throw new Error(`${module.path}, ${name}: ${problem}`);
      }
      for (const used of identifiersIn(statement)) {
        await keepLocal(module, used);
      }
    }
  };

  for (const entry of entries) {
    const { exports } = await openModule(entry);
    for (const name of exports.keys()) await keepExport(entry, name);
  }
  return new Map(
    [...modules.values()]
      .filter(({ keptExports }) => keptExports.size > 0)
      .map((
        module,
      ) => [module.path.replace(/\.ts$/, ".d.ts"), printModule(module)]),
  );
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** The path of a module that the module at `path` imports. */
function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}
