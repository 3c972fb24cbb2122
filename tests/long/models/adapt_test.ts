import assert from "node:assert/strict";
import { decodeImage } from "../../../src/image/mod.ts";
import { load } from "../../../src/load.ts";
import { adapt } from "../../../src/train/adapt.ts";
import { cosine } from "../../cosine.ts";
import { f32Nsfw } from "./models.ts";

const PHOTOS = new URL("../../../examples/photos/", import.meta.url);
/** Held out of the twelve, in order: the last, and every fifth before it. */
const HELD_OUT = [1, 6, 11];

Deno.test("ten photos make the features of others truer at 79 pixels, of real weights", async () => {
  const network = await f32Nsfw();
  const names = await Array.fromAsync(Deno.readDir(PHOTOS), (it) => it.name);
  const files = names.sort().map((name) =>
    Deno.readFileSync(new URL(name, PHOTOS))
  );
  assert.equal(files.length, 12);
  const { network: adapted, cosine: found } = await adapt(
    network,
    files.map((image) => ({ image })),
    { variant: "low79" },
  );
  const best = found.batchNorm;
  assert.ok(best > found.before + 0.05, JSON.stringify(found));
  // Anyone can reproduce its report.
  using full = await load(network);
  using low = await load(adapted, { variant: "low79" });
  let sum = 0;
  for (const i of HELD_OUT) {
    const photo = await decodeImage(files[i]!);
    sum += cosine(await full.features(photo), await low.features(photo));
  }
  const mean = sum / HELD_OUT.length;
  assert.ok(Math.abs(mean - best) < 1e-3, `${mean}, ${JSON.stringify(found)}`);
});
