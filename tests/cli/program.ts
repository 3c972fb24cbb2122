import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
export const CONFIG = fileURLToPath(
  new URL("../../deno.json", import.meta.url),
);

/** A program that is the command line outside of Deno. */
let elsewhere: readonly string[] | undefined;

/** Has all tests of this module graph run another program instead of Deno's. */
export function useProgram(command: readonly string[]): void {
  elsewhere = command;
}

/** Whether {@linkcode useProgram} was called. */
export function isElsewhere(): boolean {
  return elsewhere !== undefined;
}

/** The words that start the command line. */
export function programWith(permissions: readonly string[]): readonly string[] {
  return elsewhere ?? [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    `--config=${CONFIG}`,
    ...permissions,
    CLI,
  ];
}

/**
 * Registers a test of what is the same wherever the command line runs: what models
 * answer, and what is said of it. It is left out where another program runs.
 */
export function testOnce(name: string, fn: () => Promise<void>): void {
  testInDeno(name, fn);
}

/** Registers a test of what Deno alone has, as permissions. */
export function testInDeno(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isElsewhere(), fn });
}
