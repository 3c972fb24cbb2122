/** A missing Deno permission. */
export interface MissingPermission {
  /** `"net"`, `"read"`, `"write"`, `"env"`, or `"all"` for system files. */
  readonly kind: string;
  /** The requested host with port, path or variable. */
  readonly target: string;
}

/** The missing permission in an error; `null` for other errors. */
export function missingPermission(error: unknown): MissingPermission | null {
  const missing = error instanceof Error &&
    error.message.match(/^Requires (\w+) access to "?([^"]*?)"?,/);
  if (!missing) return null;
  const [, kind = "", target = ""] = missing;
  return { kind, target };
}

/** Replaces Deno's message, which doesn't state the flag's value. */
export function explainMissing({ kind, target }: MissingPermission): string {
  // Allowing a single file isn't enough: photos, models and the files beside them are
  // read.
  const value = kind === "read" ? "" : `=${target.replace(/:443$/, "")}`;
  return `Cannot go on without ${kind} access to ${target}: run again with --allow-${kind}${value}`;
}
