import assert from "node:assert/strict";
import * as errors from "../src/errors.ts";

const SOURCE = new URL("../src/", import.meta.url);

/** Modules that throw platform errors which our own code catches. */
const CAUGHT_INSIDE = [
  // Never thrown: steps are wide only if wide kernels are linked.
  "backends/simd/link.ts",
  "backends/simd/worker.ts",
  // All Parquet readers: their errors become the cause of a CorruptRunError.
  "batch/parquet/column_reader.ts",
  "batch/parquet/decompressor.ts",
  "batch/parquet/parquet_file.ts",
  "batch/parquet/physical_value.ts",
  "batch/parquet/read_page.ts",
  "batch/parquet/runs.ts",
  "batch/parquet/thrift_end.ts",
  "batch/parquet/values.ts",
  "batch/queue/bull_job.ts",
  "batch/work.ts",
  "image/avif/libavif.ts",
  "image/bounded_memory.ts",
  "image/heic/libheif.ts",
  "image/webp/libwebp.ts",
  "runtime/source_worker.ts",
  "weights/store/best_effort_storage.ts",
  "weights/store/file_store.ts",
];

Deno.test("the library throws no error without a code", () => {
  const found = [...sourcesIn("")].filter((path) =>
    /^(?! \*).*new (Error|RangeError|TypeError|SyntaxError)\(/m.test(
      Deno.readTextFileSync(new URL(path, SOURCE)),
    )
  );
  assert.deepEqual(found.sort(), CAUGHT_INSIDE);
});

Deno.test("errors have names and codes of their own, and one ancestor", () => {
  const { TotemError, ...classes } = errors;
  type Make = new (message: string, format: string) => errors.TotemError;
  const made = Object.values(classes).map((it) =>
    new (it as unknown as Make)("", "")
  );
  for (const error of made) assert.ok(error instanceof TotemError);
  for (const key of ["name", "code"] as const) {
    assert.equal(new Set(made.map((it) => it[key])).size, made.length, key);
  }
});

Deno.test("AbortedError has the name that handlers of aborts look for", () => {
  const reason = new Error("the person went on");
  const { name, code, cause } = new errors.AbortedError(reason);
  assert.deepEqual([name, code, cause], ["AbortError", "aborted", reason]);
});

/**
 * The library's source files, without the command line and the AssemblyScript kernels.
 */
function* sourcesIn(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder || ".", SOURCE))) {
    const path = folder + entry.name;
    if (entry.isFile && !/^(cli|build)\.ts$/.test(path)) yield path;
    if (!entry.isDirectory || path === "cli") continue;
    if (entry.name !== "kernels" && entry.name !== "modules") {
      yield* sourcesIn(`${path}/`);
    }
  }
}
