import assert from "node:assert/strict";
import { printFinetuned } from "../../src/cli/finetune_report.ts";
import { confusionMatrix } from "../../src/evaluate/confusion_matrix.ts";
import type { Finetuned } from "../../src/train/finetune.ts";
import { captured } from "./in_process.ts";

Deno.test("printFinetuned() names classes without held-out photos, and says when these are few", async () => {
  const doubts = async (labels: readonly string[], actual: number[]) => {
    const heldOut = {
      loss: 0.5,
      accuracy: 1,
      confusion: confusionMatrix(
        labels,
        actual.map((it) => ({ actual: it, predicted: it })),
      ),
    };
    const { stdout } = await captured((terminal) =>
      printFinetuned(
        terminal,
        "a.safetensors",
        1e6,
        {
          network: { labels },
          views: 9,
          bestEpoch: 1,
          epochs: [0],
          heldOut,
        } as unknown as Finetuned,
      )
    );
    return stdout.slice(0, stdout.indexOf("\n\n")).split("\n").slice(3);
  };
  const ten = Array.from({ length: 10 }, (_, i) => i % 2);
  const missing = (names: string) =>
    `no photo was held out of ${names}: give more photos, a larger --validation-split, or --validation FOLDER`;
  assert.deepEqual(await doubts(["a", "b"], ten), []);
  assert.deepEqual(
    await doubts(["a", "b"], [0]),
    [missing('"b"'), "1 photo is too few to judge by"],
  );
  assert.deepEqual(
    await doubts([..."abcdefgh"], ten),
    [missing('"c", "d", "e", "f", "g" and 1 more')],
  );
});
