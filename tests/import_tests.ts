/** Registers the tests of many files in one worker, for `deno task test`. */
import { fileURLToPath } from "node:url";

const TESTS = new URL("./", import.meta.url);

/**
 * Test files that need modules which nothing has used yet, or that leave them changed:
 * each has a worker of its own.
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
 * Imports the test files in folders of `tests` and below them, except {@linkcode ALONE},
 * in the order of their paths. A worker for each would spend most of its time on
 * loading and compiling what all of them use.
 *
 * @param paths Folders or files. `.` is `tests` itself, without what is below.
 */
export async function importTests(...paths: string[]): Promise<void> {
  for (const path of paths.flatMap(testFiles)) {
    if (!ALONE.includes(path)) await import(`${TESTS}${path}`);
  }
}

/** The paths in `tests` of a folder's test files, sorted; of a file, its own. */
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
