/**
 * Classifies images one after the other, and prints by how many bytes this process's
 * memory grows from the tenth to the thousandth image. The arguments are a model of 75
 * pixels and options of `load` as JSON. Needs `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { load } from "../../mod.ts";
import { noise } from "../random.ts";

const SIDE = 75;

const [model, options] = Deno.args as [string, string];
using classifier = await load(model, { variant: SIDE, ...JSON.parse(options) });
const image = { data: noise(SIDE), width: SIDE, height: SIDE };
const tenth = await memoryAfter(10);
const thousandth = await memoryAfter(990);
console.log(thousandth - tenth);

/** The resident memory in bytes after classifying a number of further images. */
async function memoryAfter(images: number): Promise<number> {
  for (let i = 0; i < images; i += 5) {
    await Promise.all([1, 2, 3, 4, 5].map(() => classifier.classify(image)));
  }
  // Collects garbage, which isn't a leak.
  (globalThis as unknown as { gc(): void }).gc();
  return Deno.memoryUsage().rss;
}
