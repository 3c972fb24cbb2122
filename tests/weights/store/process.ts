/**
 * Starts processes that use a store at the same time, or that are killed.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./process_main.ts", import.meta.url));

/** Starts `process_main.ts` with `args`. */
export function start(
  args: readonly string[],
  permissions: readonly string[] = [
    "--allow-read",
    "--allow-write",
    "--allow-net=127.0.0.1",
  ],
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-lock",
      "--no-prompt",
      "--no-check",
      ...permissions,
      SCRIPT,
      ...args,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The standard output of a process, after it has succeeded. */
export async function answerOf(process: Deno.ChildProcess): Promise<string> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout).trim();
}
