import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { calibrate } from "../../src/convert/calibrate.ts";
import { AbortedError } from "../../src/errors.ts";
import { cropAndResize, type Pixels } from "../../src/image/mod.ts";
import {
  inceptionV3,
  inferShapes,
  INPUT,
  type Network,
} from "../../src/model/mod.ts";
import { lastActivations } from "../../src/model/last_activations.ts";
import { importModel } from "../layers_model.ts";
import { noise } from "../random.ts";
import { evaluate } from "../reference.ts";
import { withoutBatchNorm } from "./without_batch_norm.ts";

/** The crop of a photo's middle, used in addition to the whole photo. */
const CENTER = { kind: "center", fraction: 0.6 } as const;

const network = await importModel({ gamma: true });
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const PHOTOS = [photo(60, 1), photo(90, 2), photo(75, 3)];
const calibration = await calibrate(network, graph, stream(PHOTOS));
const seen = fitted(PHOTOS, network);
const last = lastActivations(graph);
/** The factor that is applied to an activation's range. */
const marginOf = (name: string) => last.has(name) ? 1.4 : 1;
const activations = seen.map((pixels) => evaluate(network, graph, pixels));

Deno.test("calibrate() counts photos, not their crops", () => {
  assert.deepEqual(calibration.metadata, { method: "images", images: 3 });
});

Deno.test("calibrate() gives a range to each convolution and average pool", () => {
  const ranged = graph.nodes.filter(({ op }) =>
    op === "conv" || op === "avgPool"
  );
  assert.deepEqual(
    [...calibration.ranges.keys()],
    ranged.map(({ name }) => name),
  );
});

Deno.test("calibrate() gives ranges that cover what photos show, and six deviations", () => {
  for (const [name, range] of calibration.ranges) {
    assert.ok(range > 0 && range < Infinity, name);
    const values = activations.flatMap((it) => [...it.get(name)!.values]);
    const above = values.filter((it) => it > range).length;
    assert.ok(above <= values.length / 500, `${name}: ${above} are above`);
    const largest = values.reduce((a, b) => Math.max(a, b));
    const norm = hasWeights(name) && network.weights(name).statistics;
    const sixDeviations = norm
      ? Math.max(
        ...Array.from(
          norm.mean,
          (it, c) => it + 6 * norm.standardDeviation[c]!,
        ),
      )
      : 0;
    assert.ok(range >= sixDeviations, name);
    // The middle of the largest bin is up to 0.4% above the largest value.
    const most = marginOf(name) * Math.max(largest * 1.01, sixDeviations);
    assert.ok(range <= most, `${name}: ${range} is above ${most}`);
  }
});

Deno.test("calibrate() sets ranges by photos where there is no batch norm", async () => {
  const bare = withoutBatchNorm(network);
  const { ranges } = await calibrate(bare, graph, stream(PHOTOS));
  let smaller = 0;
  for (const [name, range] of ranges) {
    const values = activations.flatMap((it) => [...it.get(name)!.values]);
    const largest = values.reduce((a, b) => Math.max(a, b));
    if (largest > 0) {
      assert.ok(range <= marginOf(name) * largest * 1.01, name);
    }
    // Few values are clipped, and those only slightly.
    const lost = values.reduce(
      (sum, it) => sum + Math.max(0, it - range) ** 2,
      0,
    );
    const power = values.reduce((sum, it) => sum + it ** 2, 0);
    assert.ok(lost <= power * 1e-3, `${name} loses ${lost / power}`);
    if (range < calibration.ranges.get(name)!) smaller++;
  }
  assert.ok(smaller > ranges.size / 2, `${smaller}`);
});

Deno.test("calibrate() gives the means of the image and of all activations", () => {
  const shapes = inferShapes(graph);
  for (const [name, found] of calibration.means) {
    const [height, width, channels] = shapes.get(name)!;
    const whole = name === INPUT || height * width <= 512;
    const images = name === INPUT
      ? seen.map((it) => it.filter((_, i) => i % 4 < 3))
      : activations.map((it) => it.get(name)!.values);
    const expected = channelMeans(images, channels);
    assert.equal(found.length, channels);
    for (let c = 0; c < channels; c++) {
      const difference = Math.abs(found[c]! - expected[c]!);
      // Larger activations are only sampled.
      const most = whole ? 1e-4 : 0.05;
      assert.ok(difference < most, `${name} ${c} differs by ${difference}`);
    }
  }
  for (const { op, name } of graph.nodes) {
    if (op === "globalAvgPool") break;
    assert.ok(calibration.means.has(name), name);
  }
});

Deno.test("calibrate() sees photos as the network's preprocessing brings them", async () => {
  const squashing: Network = {
    ...network,
    preprocessing: {
      ...network.preprocessing,
      crop: { kind: "squash" },
      resize: "half-pixel",
    },
  };
  // White above, black below, so that a crop has another mean.
  const data = new Uint8Array(40 * 80 * 4).fill(255);
  for (let i = 0; i < 40 * 60 * 4; i++) if (i % 4 < 3) data[i] = 0;
  const photos = [{ data, width: 40, height: 80 }];
  for (const it of [network, squashing]) {
    const { means } = await calibrate(it, graph, stream(photos));
    const expected = channelMeans(
      fitted(photos, it).map((it) => it.filter((_, i) => i % 4 < 3)),
      3,
    );
    for (const [c, mean] of means.get(INPUT)!.entries()) {
      assert.ok(Math.abs(mean - expected[c]!) < 1e-9, `${mean}`);
    }
  }
  const means = [network, squashing].map((it) =>
    channelMeans(fitted(photos, it), 4)[0]!
  );
  assert.ok(Math.abs(means[0]! - means[1]!) > 10, `${means}`);
});

Deno.test("calibrate() takes a photo when it is done with the one before", async () => {
  const log: string[] = [];
  await calibrate(network, graph, stream(PHOTOS, () => log.push("photo")), {
    onImage: () => log.push("done"),
  });
  assert.deepEqual(log, ["photo", "done", "photo", "done", "photo", "done"]);
});

Deno.test("calibrate() refuses to go without photos", async () => {
  await assert.rejects(calibrate(network, graph, stream([])), {
    name: "ArgumentError",
    message: /^Cannot calibrate on no images: /,
  });
});

Deno.test("calibrate() stops when its signal fires, and closes the photos", async () => {
  const reason = new Error("the person went on");
  const tensors = tf.memory().numTensors;
  for (const last of [0, 1, 2]) {
    const controller = new AbortController();
    let taken = 0;
    let closed = false;
    const photos = stream(PHOTOS, () => {
      if (taken++ === last) controller.abort(reason);
    }, () => closed = true);
    await assert.rejects(
      calibrate(network, graph, photos, { signal: controller.signal }),
      (error) => {
        assert.ok(error instanceof AbortedError);
        assert.equal(error.cause, reason);
        return true;
      },
    );
    assert.deepEqual([taken, closed], [last + 1, true]);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("calibrate() leaves no tensor behind, even when a photo fails", async () => {
  const tensors = tf.memory().numTensors;
  await calibrate(network, graph, stream(PHOTOS.slice(0, 1)));
  assert.equal(tf.memory().numTensors, tensors);
  const broken = stream([...PHOTOS.slice(0, 1), { ...PHOTOS[1]!, width: 1 }]);
  await assert.rejects(calibrate(network, graph, broken), {
    name: "ArgumentError",
  });
  assert.equal(tf.memory().numTensors, tensors);
});

/** Two crops of each photo: the network's own, and the middle. */
function fitted(
  photos: readonly Pixels[],
  { preprocessing: { crop, resize } }: Network,
): Uint8Array[] {
  return photos.flatMap((photo) =>
    [crop, CENTER].map((crop) =>
      Uint8Array.from(cropAndResize(photo, 75, { crop, resize }).data)
    )
  );
}

function channelMeans(
  images: readonly ArrayLike<number>[],
  channels: number,
): number[] {
  const sums = new Array<number>(channels).fill(0);
  let count = 0;
  for (const values of images) {
    for (let i = 0; i < values.length; i++) sums[i % channels]! += values[i]!;
    count += values.length / channels;
  }
  return sums.map((sum) => sum / count);
}

function hasWeights(name: string): boolean {
  return graph.nodes.find((it) => it.name === name)!.op === "conv";
}

/** Opaque noise, a third wider than it is high. */
function photo(height: number, seed: number): Pixels {
  const width = Math.round(height * 4 / 3);
  const data = noise(width, seed).subarray(0, width * height * 4);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { data, width, height };
}

async function* stream(
  photos: readonly Pixels[],
  onPhoto: () => void = () => {},
  onClose: () => void = () => {},
): AsyncGenerator<Pixels> {
  try {
    for (const photo of photos) {
      onPhoto();
      yield await Promise.resolve(photo);
    }
  } finally {
    onClose();
  }
}
