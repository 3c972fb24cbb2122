/** The loss by int8 codes in a search for similar images, with a real model. */
import assert from "node:assert/strict";
import { load } from "../../../mod.ts";
import { findInputs } from "../../../src/cli/image_files.ts";
import { describeModel, SearchIndex } from "../../../src/search/mod.ts";
import { PHOTOS } from "../../cli/totem.ts";
import { cosine } from "../../cosine.ts";
import { EVAL_PHOTOS, testWith } from "../../shared_data.ts";
import { int8Nsfw } from "./models.ts";

const TOP = 10;

testWith(
  EVAL_PHOTOS,
  "An index names the photos that f32 features name, 99 of 100, within 0.003 of their cosine",
  async () => {
    using classifier = await load(await int8Nsfw());
    const model = await describeModel(classifier, "nsfw");
    const index = await SearchIndex.create({ model, root: "." });
    const { files } = await findInputs([PHOTOS, EVAL_PHOTOS!]);
    const all = new Map<string, Float32Array>();
    for (const name of files) {
      const features = await classifier.features(await Deno.readFile(name));
      index.add({ name, version: "" }, features);
      all.set(name, features);
    }
    let named = 0;
    let furthest = 0;
    for (const query of all.values()) {
      const exact = new Map(
        Array.from(all, ([name, it]) => [name, cosine(it, query)] as const),
      );
      const best = [...exact].sort(([, a], [, b]) => b - a).slice(0, TOP)
        .map(([name]) => name);
      for (const { name, similarity } of index.nearest(query, TOP)) {
        if (best.includes(name)) named++;
        const error = Math.abs(similarity - exact.get(name)!);
        furthest = Math.max(furthest, error);
      }
    }
    const part = named / (TOP * all.size);
    assert.ok(part >= 0.99, `${part} are named`);
    assert.ok(furthest < 0.003, `a cosine is ${furthest} off`);
  },
);
