/**
 * Prints a model's answer to a photo, and a search for it, with all digits, for
 * processors on which tests can't run.
 */
import { load } from "../../mod.ts";
import {
  addImages,
  describeModel,
  findSimilar,
  SearchIndex,
} from "../../src/search/mod.ts";

const [model, photo] = Deno.args;
const options = { precision: "int8", variant: "low79" } as const;

{
  using classifier = await load(model!, { ...options, activationBits: 8 });
  print(Array.from(await classifier.features(photo!)));
}
using classifier = await load(model!, {
  ...options,
  activationBits: 7,
  threads: 2,
});
print(await classifier.classify(photo!));

const index = await SearchIndex.create({
  model: await describeModel(classifier, "model"),
  root: "photos",
});
const image = { name: "photo", version: "1", image: photo! };
for await (const { error } of addImages(index, classifier, [image])) {
  if (error) throw error;
}
print(await findSimilar(index, classifier, photo!));

function print(answer: unknown): void {
  console.log(JSON.stringify(answer));
}
