/** Whether the runtime has files: Deno, Node and the like, not a page or its workers. */
export function hasFiles(): boolean {
  // To access Deno's `process` costs 9 MB.
  return typeof Deno !== "undefined" ||
    globalThis.process?.versions?.node !== undefined;
}

/** An environment variable; `undefined` if it isn't set or may not be read. */
export async function readVariable(name: string): Promise<string | undefined> {
  if (!hasFiles() || !await mayReadVariable(name)) return undefined;
  return typeof Deno === "undefined"
    ? globalThis.process.env[name]
    : Deno.env.get(name);
}

export function mayReadVariable(name: string): Promise<boolean> {
  return isGranted({ name: "env", variable: name });
}

/** A permission of Deno's, for one variable, host or path; without one, for all. */
type Permission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "read" | "write"; readonly path?: string };

/** Whether Deno has a permission, without a prompt for it; other runtimes need none. */
export async function isGranted(permission: Permission): Promise<boolean> {
  return typeof Deno === "undefined" ||
    (await Deno.permissions.query(permission)).state === "granted";
}
