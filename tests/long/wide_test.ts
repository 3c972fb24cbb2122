import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { WIDE_FLAG } from "../../src/backends/simd/v8_flag.ts";
import { outputOf } from "../output_of.ts";

const SCRIPT = fileURLToPath(new URL("wide_answers.ts", import.meta.url));

Deno.test("wide kernels give the same answers where V8 makes vectors of 256 bits", async () => {
  const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--allow-all", `--v8-flags=${WIDE_FLAG}`],
      SCRIPT,
    ],
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^convWideI(32|16) same\nconvSplitI\1 same\n$/);
});
