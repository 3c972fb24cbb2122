/**
 * Localization by a real model: the class activation map, which uses the network's
 * internals, and occlusion, which uses only its answers, must find the same place, and
 * it must be that of the object.
 */
import assert from "node:assert/strict";
import { type Box, type Explanation, load } from "../../../mod.ts";
import { PHOTOS } from "../../cli/totem.ts";
import { IMAGENET, testWith } from "../../shared_data.ts";
import { int8Imagenet } from "./models.ts";

/**
 * The object's place in each photo, marked by hand: at the top right of one, at the
 * lower left of the other.
 */
const THINGS: Readonly<
  Record<string, { readonly label: string; readonly box: Box }>
> = {
  dragonfly: {
    label: "dragonfly",
    box: { left: 265, top: 155, width: 240, height: 95 },
  },
  drum: {
    label: "drum",
    box: { left: 12, top: 308, width: 256, height: 172 },
  },
};

/** The largest distance between the two, in cells. */
const FARTHEST = 1;

testWith(
  IMAGENET,
  "class activation maps and occlusion find one place, where the thing is",
  async () => {
    using classifier = await load(await int8Imagenet(), {
      activationBits: 8,
      threads: "auto",
      threading: "throughput",
    });
    for (const [name, { label, box }] of Object.entries(THINGS)) {
      const photo = await Deno.readFile(`${PHOTOS}/${name}.jpg`);
      const places = [];
      for (const method of ["cam", "occlusion"] as const) {
        const found = await classifier.explain(photo, { class: label, method });
        const { mapBounds, columns, rows } = found;
        const [x, y] = middleOf(found);
        const across = mapBounds.left + (x + 0.5) / columns * mapBounds.width -
          box.left;
        const down = mapBounds.top + (y + 0.5) / rows * mapBounds.height -
          box.top;
        assert.ok(across > 0 && across < box.width, `${name}, ${method}`);
        assert.ok(down > 0 && down < box.height, `${name}, ${method}`);
        places.push({ x, y });
      }
      const [one, other] = places;
      const apart = Math.hypot(one!.x - other!.x, one!.y - other!.y);
      console.log(`${name}: ${apart.toFixed(2)} cells apart`);
      assert.ok(apart <= FARTHEST, name);
    }
  },
);

/** The centroid of the values above half of the maximum, in cells. */
function middleOf(
  { values, columns }: Explanation,
): readonly [x: number, y: number] {
  const half = Math.max(...values) / 2;
  let [sum, x, y] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    const weight = Math.max(0, value - half);
    sum += weight;
    x += weight * (i % columns);
    y += weight * Math.floor(i / columns);
  }
  return [x / sum, y / sum];
}
