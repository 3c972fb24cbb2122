import assert from "node:assert/strict";
import { decodeImage, load } from "../../../mod.ts";
import { classNames } from "../../../src/class_names.ts";
import { findLabelledFiles } from "../../../src/cli/labelled_files.ts";
import type { Variant } from "../../../src/model/mod.ts";
import {
  type CropCount,
  evaluate,
  type EvaluatedImage,
  summarize,
  type Summary,
  withCrops,
} from "../../../src/evaluate/mod.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../../shared_data.ts";
import { int8Imagenet } from "./models.ts";

testWith(
  IMAGENET && EVAL_PHOTOS,
  "the 1000-class model is as accurate as before at each resolution, and on 12 crops",
  async () => {
    const network = await int8Imagenet();

    const measure = async (
      variant: Variant,
      crops: CropCount,
      every = 1,
    ): Promise<Summary> => {
      using classifier = await load(network, { variant, precision: "int8" });
      const { labels } = classifier;
      const { files } = await findLabelledFiles(
        EVAL_PHOTOS!,
        { labels, names: classNames(labels, null), least: 1 },
      );
      const images = files
        .filter((_, i) => i % every === 0)
        .map(({ path, name, classes }) => ({
          name,
          label: classes,
          read: async () => decodeImage(await Deno.readFile(path)),
        }));
      const answered: EvaluatedImage[] = [];
      for await (const it of evaluate(withCrops(classifier, crops), images)) {
        if ("error" in it) throw it.error;
        answered.push(it);
      }
      return summarize(labels, answered);
    };

    const full = await measure("full", 1);
    assert.equal(full.images, 37);
    const right = ({ images, top1 }: Summary) => Math.round(images * top1);
    assert.ok(right(full) >= 32, `full ${right(full)}`);
    assert.ok(full.top5! >= 35 / 37);
    const crops = await measure("full", 12, 6);
    assert.ok(
      right(crops) >= 6,
      `12 crops ${right(crops)} of ${crops.images}`,
    );
    const low151 = await measure("low151", 1);
    assert.ok(right(low151) >= 26, `low151 ${right(low151)}`);
    // The weights weren't trained for this size.
    const low79 = await measure("low79", 1);
    assert.ok(right(low79) < right(low151), `low79 ${right(low79)}`);
  },
);
