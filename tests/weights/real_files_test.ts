import assert from "node:assert/strict";
import { readText } from "../docs/texts.ts";
import { compareRealFile, loadRealFile, REAL_FILES } from "./real_files.ts";

/**
 * Its tool rounds activations to 8 bits; `tflite/int8_test.ts` compares it without
 * rounding.
 */
const ROUNDED = "tf/int8.tflite";

/**
 * For probabilities and features. The weights are random, so rounding errors grow from
 * layer to layer: results in double precision differ as much from those of some tools.
 */
const TOLERANCE = 1e-4;
const SENSITIVE: Readonly<Record<string, number>> = {
  "keras/flat_rescaling.keras": 2e-4,
  "keras/in_150.h5": 2e-4,
  "keras/pooling_max.h5": 3e-4,
};

for (const real of REAL_FILES) {
  const { file, tool } = real;
  Deno.test({
    name: `${file} gives what ${tool} computes with it`,
    ignore: file === ROUNDED,
    async fn() {
      const network = await loadRealFile(real);
      const { answers, features } = await compareRealFile(real, network);
      const tolerance = SENSITIVE[file] ?? TOLERANCE;
      assert.ok((answers ?? 0) < tolerance, `answers differ by ${answers}`);
      assert.ok(features < tolerance, `features differ by ${features}`);
    },
  });
}

Deno.test("docs/formats.md has a row for each file", () => {
  const rows = readText("docs/formats.md").match(/^\| .*$/gm)!;
  for (const { file, tool } of REAL_FILES) {
    assert.ok(
      rows.some((it) => it.includes(`\`${file}\``) && it.includes(tool)),
      file,
    );
  }
});
