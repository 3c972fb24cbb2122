import { fileURLToPath } from "node:url";

/**
 * Data for development that doesn't belong to the project. It lies beside some
 * checkouts; tests that need it are skipped, and say so, where it is absent.
 */
export const IMAGENET = find("../../shared/imagenet/");
export const EVAL_PHOTOS = find("../../shared/photos/eval/");

/** Registers a test that is skipped with a message where `data` is absent. */
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
