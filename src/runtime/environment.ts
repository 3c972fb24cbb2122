/**
 * The source of npm packages: Deno downloads them, Node and Bun have a folder, a page has
 * an import map, and an edge runtime or a page's worker has none of these.
 */
export type Runtime = "deno" | "node" | "page" | "worker";

/** The globals that distinguish the runtimes. */
interface Globals {
  readonly Deno?: unknown;
  readonly document?: unknown;
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
}

export function runtimeOf(globals: Globals = globalThis): Runtime {
  // Checked before `process`: see below.
  if (globals.Deno !== undefined) return "deno";
  // Cloudflare Workers have Node's `process`, but no packages.
  const isEdge = isCloudflareWorker(globals);
  if (!isEdge && globals.process?.versions?.node !== undefined) return "node";
  return globals.document === undefined ? "worker" : "page";
}

export function isCloudflareWorker(globals: Globals = globalThis): boolean {
  return globals.navigator?.userAgent === "Cloudflare-Workers";
}

/**
 * Whether the runtime has a file system: Deno, Node and the like, but not a page or its
 * workers.
 */
export function hasFiles(): boolean {
  // Accessing Deno's `process` costs 9 MB.
  return typeof Deno !== "undefined" ||
    globalThis.process?.versions?.node !== undefined;
}

/** Reads an environment variable; `undefined` if it isn't set or reading isn't allowed. */
export async function readVariable(name: string): Promise<string | undefined> {
  if (!hasFiles() || !await mayReadVariable(name)) return undefined;
  return typeof Deno === "undefined"
    ? globalThis.process.env[name]
    : Deno.env.get(name);
}

export function mayReadVariable(name: string): Promise<boolean> {
  return isGranted({ name: "env", variable: name });
}

/** A Deno permission for one variable, host or path; or for all if left out. */
type Permission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "read" | "write"; readonly path?: string };

/** Whether Deno has a permission, without prompting. Other runtimes need none. */
export async function isGranted(permission: Permission): Promise<boolean> {
  return typeof Deno === "undefined" ||
    (await Deno.permissions.query(permission)).state === "granted";
}
