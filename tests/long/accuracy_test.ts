import assert from "node:assert/strict";
import { load, loadNetwork } from "../../mod.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../shared_data.ts";

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model names at least 32 of 37 photos right",
  async () => {
    using classifier = await load(await loadNetwork(IMAGENET!), {
      backend: "wasm",
    });
    const table = await Deno.readTextFile(`${EVAL_PHOTOS}labels.tsv`);
    const rows = table.trim().split("\n").slice(1).map((it) => it.split("\t"));
    assert.equal(rows.length, 37);
    const wrong = [];
    for (const [file, indices] of rows) {
      const bytes = await Deno.readFile(`${EVAL_PHOTOS}${file}`);
      const [best] = await classifier.classify(bytes);
      if (!indices!.split(",").includes(`${best!.index}`)) {
        wrong.push(`${file}: ${best!.label}`);
      }
    }
    assert.ok(wrong.length <= 5, wrong.join("\n"));
  },
);
