import { fileURLToPath } from "node:url";

/**
 * Development data that isn't part of the project. Some checkouts have it in a sibling
 * folder; elsewhere, tests that need it are skipped with a message.
 */
export const IMAGENET = find("../../shared/imagenet/");
export const EVAL_PHOTOS = find("../../shared/photos/eval/");

/** Registers a test that is skipped with a message if `data` is absent. */
export function testWith(
  data: string | null,
  name: string,
  run: () => Promise<void>,
): void {
  Deno.test({
    name: data === null ? `${name} (skipped: its data is absent)` : name,
    ignore: data === null,
    fn: run,
  });
}

function find(path: string): string | null {
  const url = new URL(path, import.meta.url);
  try {
    Deno.statSync(url);
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
