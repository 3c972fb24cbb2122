import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
export const CONFIG = fileURLToPath(
  new URL("../../deno.json", import.meta.url),
);

/** A program with the command line for another runtime than Deno. */
let elsewhere: readonly string[] | undefined;

/** Makes all tests of this module graph run another program instead of Deno's. */
export function useProgram(command: readonly string[]): void {
  elsewhere = command;
}

/** Whether {@linkcode useProgram} was called. */
export function isElsewhere(): boolean {
  return elsewhere !== undefined;
}

/** The words of the command that starts the command line. */
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
 * Registers a test of behaviour that doesn't depend on the runtime: models' answers,
 * and how they are printed. It is skipped for other programs.
 */
export function testOnce(name: string, fn: () => Promise<void>): void {
  testInDeno(name, fn);
}

/** Registers a test of behaviour that only Deno has, such as permissions. */
export function testInDeno(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isElsewhere(), fn });
}
