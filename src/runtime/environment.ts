/**
 * What a runtime lets code see of its surroundings. Deno is asked what it would ask a
 * person, so that no prompt comes up.
 *
 * @module
 */
import { hasFiles } from "../io/open_file.ts";

/** An environment variable; `undefined` where it isn't set or may not be read. */
export async function readVariable(name: string): Promise<string | undefined> {
  if (!hasFiles() || !await mayReadVariable(name)) return undefined;
  return typeof Deno === "undefined"
    ? globalThis.process.env[name]
    : Deno.env.get(name);
}

/** Whether an environment variable may be read. */
export function mayReadVariable(name: string): Promise<boolean> {
  return isGranted({ name: "env", variable: name });
}

/** Whether the server of an address may be asked, as far as its own host goes. */
export function mayFetch({ host }: URL): Promise<boolean> {
  return isGranted({ name: "net", host });
}

/** A permission of Deno's, for one variable, host or path; without one, for all. */
export type Permission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "net"; readonly host?: string }
  | { readonly name: "read" | "write"; readonly path?: string };

/** Whether Deno has been given a permission; other runtimes need none. */
export async function isGranted(permission: Permission): Promise<boolean> {
  return typeof Deno === "undefined" ||
    (await Deno.permissions.query(permission)).state === "granted";
}
