import { main } from "../../src/cli.ts";
import { isElsewhere } from "./program.ts";
import { totem } from "./totem.ts";

/** What a command wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether the streams are terminals, and what `TERM` says. */
export interface Terminal {
  readonly isTerminal?: boolean;
  readonly term?: string;
  /** Whether nobody reads standard output any more. */
  readonly isBroken?: boolean;
}

/** What `action` writes to the two streams of this process, in its place. */
export async function captured<T>(
  action: () => T | Promise<T>,
  { isTerminal = false, term, isBroken = false }: Terminal = {},
): Promise<Output & { readonly result: T }> {
  using restored = new DisposableStack();
  const replace = <K extends string>(
    object: Record<K, unknown>,
    name: K,
    value: unknown,
  ) => {
    const own = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { value, configurable: true });
    restored.defer(() => {
      if (own) Object.defineProperty(object, name, own);
      else delete object[name];
    });
  };
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for (const name of ["stdout", "stderr"] as const) {
    const stream = Deno[name] as unknown as Record<string, unknown>;
    replace(stream, "writeSync", (bytes: Uint8Array) => {
      if (isBroken && name === "stdout") throw new Deno.errors.BrokenPipe();
      parts[name].push(bytes.slice());
      return bytes.length;
    });
    replace(stream, "isTerminal", () => isTerminal);
  }
  if (isTerminal) replace(Deno as never, "noColor" as never, false);
  const before = Deno.env.get("TERM");
  if (term !== undefined) Deno.env.set("TERM", term);
  restored.defer(() => {
    if (before === undefined) Deno.env.delete("TERM");
    else Deno.env.set("TERM", before);
  });
  const result = await action();
  const text = (bytes: Uint8Array[]) =>
    new TextDecoder().decode(
      new Uint8Array(bytes.flatMap((part) => [...part])),
    );
  return { result, stdout: text(parts.stdout), stderr: text(parts.stderr) };
}

/**
 * A command line, run in this process: no other has to be started. Of another program
 * a process is, without a terminal.
 */
export async function run(
  args: readonly string[],
  terminal: Terminal = {},
): Promise<Output & { readonly code: number }> {
  if (isElsewhere()) return await totem(args);
  const { result, ...output } = await captured(() => main(args), terminal);
  return { code: result, ...output };
}
