import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import type { InceptionV3Options } from "../../../src/model/mod.ts";
import { fuzzRuns } from "../../fuzz_runs.ts";
import { pick } from "../../mutations.ts";
import { randomNumbers } from "../../random.ts";
import { handGraph, hoistRelu } from "./hand_graph.ts";
import { mutateGraph } from "./mutate_graph.ts";
import { assertSameAnswers } from "./same_answers.ts";

const ARCHITECTURES: readonly Omit<InceptionV3Options, "variant">[] = [
  { lastBlock: "Mixed_5b", hiddenUnits: [3] },
  { lastBlock: "Mixed_6a", pooling: "flatten" },
  { lastBlock: "Mixed_6b", pooling: "max", activation: "sigmoid" },
  { lastPool: "max", activation: "none" },
];

const COUNT = fuzzRuns(80, 2000);

Deno.test(`matchInceptionV3() refuses ${COUNT} changed graphs, or gives what they compute`, () => {
  const random = randomNumbers(5);
  let taken = 0;
  for (let i = 0; i < COUNT; i++) {
    const graph = handGraph(pick(random, ARCHITECTURES));
    if (random() < 0.4) hoistRelu(graph);
    mutateGraph(graph, random);
    try {
      assertSameAnswers(graph);
      taken++;
    } catch (error) {
      if (!(error instanceof CorruptWeightsError)) throw error;
    }
  }
  assert.ok(taken > COUNT / 20, `${taken} are taken`);
});
