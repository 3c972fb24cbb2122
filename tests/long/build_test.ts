import assert from "node:assert/strict";
import { buildKernels } from "../../tools/build.ts";
import { assertCommitted, committedFiles } from "../tools/committed_files.ts";

Deno.test("buildKernels() gives the files that are committed, and no others", async () => {
  const files = await buildKernels();
  assertCommitted(files);
  assert.deepEqual(committedFiles().sort(), [...files.keys()].sort());
});
