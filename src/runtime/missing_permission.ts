/** A permission that Deno wasn't given. */
export interface MissingPermission {
  /** `"net"`, `"read"`, `"write"`, `"env"`, or `"all"` for files of the system. */
  readonly kind: string;
  /** What it is for: a host with its port, a path or a variable. */
  readonly target: string;
}

/** The permission that an error says is missing; `null` for other errors. */
export function missingPermission(error: unknown): MissingPermission | null {
  const missing = error instanceof Error &&
    error.message.match(/^Requires (\w+) access to "?([^"]*?)"?,/);
  if (!missing) return null;
  const [, kind = "", target = ""] = missing;
  return { kind, target };
}

/** In the place of Deno's own message, which doesn't name the flag's value. */
export function explainMissing({ kind, target }: MissingPermission): string {
  // Photos, models and what lies beside them: to allow one file is of no use.
  const value = kind === "read" ? "" : `=${target.replace(/:443$/, "")}`;
  return `Cannot go on without ${kind} access to ${target}: run again with --allow-${kind}${value}`;
}
