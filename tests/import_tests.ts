/** Registers the tests of many files in one worker, for `deno task test`. */
import { fileURLToPath } from "node:url";

const TESTS = new URL("./", import.meta.url);

/**
 * Test files that need modules in their initial state, or that leave them changed: each
 * runs in its own worker.
 */
export const ALONE: readonly string[] = [
  "backends/simd/trial_test.ts",
  "backends/tfjs/wasm_files_test.ts",
  "image/decoder_module_test.ts",
  "image/missing_decoder_test.ts",
  "runtime/wasm_modules_test.ts",
  "search/without_simd_test.ts",
  "train/finetune_test.ts",
];

/**
 * Imports the test files in folders of `tests`, recursively, except {@linkcode ALONE},
 * in the order of their paths. With a worker for each file, most of the time would go
 * into loading and compiling the shared modules.
 *
 * @param paths Folders or files. `.` is `tests` itself, without its subfolders.
 */
export async function importTests(...paths: string[]): Promise<void> {
  for (const path of paths.flatMap(testFiles)) {
    if (!ALONE.includes(path)) await import(`${TESTS}${path}`);
  }
}

/**
 * The paths of a folder's test files, relative to `tests`, sorted; for a file, its own.
 */
export function testFiles(folder: string): string[] {
  if (folder.endsWith(".ts")) return [folder];
  const prefix = folder === "." ? "" : `${folder}/`;
  return Array.from(Deno.readDirSync(fileURLToPath(new URL(prefix, TESTS))))
    .flatMap(({ name, isDirectory }) => {
      if (isDirectory) return folder === "." ? [] : testFiles(prefix + name);
      return name.endsWith("_test.ts") ? [prefix + name] : [];
    })
    .sort();
}
