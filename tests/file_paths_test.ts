/**
 * A file URL's pathname differs from the file's path if it has a space or an umlaut;
 * `fileURLToPath()` decodes it.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Files that may read the pathnames of requests and of models' URLs. */
const OF_ADDRESSES = [
  "bench/peers/run_page.ts",
  "examples/supabase/functions/classify/index.ts",
  "src/cli/cached_models.ts",
  "src/io/address.ts",
  "src/server/handler.ts",
  "src/weights/foreign/unreadable.ts",
  "src/weights/load_foreign.ts",
  "src/weights/opened_model.ts",
  "src/weights/resource.ts",
  "tests/batch/s3/s3_server.ts",
  "tests/cli/http/serve_http_test.ts",
  "tests/cli/pull_test.ts",
  "tests/docs/example_org.ts",
  "tests/docs/links_test.ts",
  "tests/examples/cloudflare_worker_test.ts",
  "tests/long/batch/hurried_cli.ts",
  "tests/long/batch/poisoned_images.ts",
  "tests/long/browser/site_test.ts",
  "tests/weights/load_network_test.ts",
  "tests/weights/store/latest_files_test.ts",
  "tests/weights/store/offline_test.ts",
  "tools/site/links.ts",
];

const sources = new Map(
  ["src", "tools", "tests", "bench", "examples"]
    .flatMap((folder) => [...sourcesIn(`${folder}/`)])
    .map((path) => [path, Deno.readTextFileSync(new URL(path, ROOT))]),
);

Deno.test("a URL's path is only taken of addresses", () => {
  assert.deepEqual(filesWith(/[.]pathname\b/), OF_ADDRESSES);
});

Deno.test("a file beside a module is named by fileURLToPath()", () => {
  // Between the two parts, parentheses may be nested one level deep.
  const named =
    /new URL\((?:[^()]|\([^()]*\))*\bimport[.]meta(?:[^()]|\([^()]*\))*\)[.]pathname\b/;
  assert.deepEqual(filesWith(named), []);
});

function filesWith(pattern: RegExp): readonly string[] {
  return [...sources].filter(([, text]) => pattern.test(text))
    .map(([path]) => path).sort();
}

/** The source files in a folder, recursively, except built and installed ones. */
function* sourcesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (/^(dist|node_modules)$/.test(name)) continue;
    if (isDirectory) yield* sourcesIn(`${folder}${name}/`);
    else if (/\.m?[jt]s$/.test(name)) yield folder + name;
  }
}
