/** The answers of models to animations. */
import assert from "node:assert/strict";
import { type Classifier, load, type Network } from "../mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { animation, CASES, expectedFrame } from "./image/animation/fixtures.ts";
import { importModel } from "./layers_model.ts";

const network = await narrowNetwork();
const ANIMATED = ["disposals.gif", "parts.webp", "parts.png"];

function open(): Promise<Classifier> {
  return load(network, { variant: 75, activationBits: 7 });
}

/** The classifier's answers to the expected frames of an animation. */
async function answersAbout(
  file: string,
  indices: readonly number[],
  answer: (frame: Parameters<Classifier["features"]>[0]) => Promise<unknown>,
) {
  const it = CASES.find((it) => it.file === file)!;
  const answers = [];
  for (const index of indices) {
    answers.push(await answer(expectedFrame(it, index)));
  }
  return answers as Float32Array[];
}

function mean(all: readonly Float32Array[]): Float32Array {
  return all[0]!.map((_, i) =>
    all.reduce((sum, it) => sum + it[i]!, 0) / all.length
  );
}

function assertClose(actual: Float32Array, expected: Float32Array, by: number) {
  assert.equal(actual.length, expected.length);
  for (const [i, it] of actual.entries()) {
    assert.ok(Math.abs(it - expected[i]!) <= by, `${it} and ${expected[i]}`);
  }
}

Deno.test("probabilities(), logits() and features() of frames are the means of theirs", async () => {
  using classifier = await open();
  const frames = 3;
  for (const method of ["probabilities", "logits", "features"] as const) {
    const all = await answersAbout(
      "disposals.gif",
      [0, 5, 9],
      (it) => classifier[method](it),
    );
    const given = await classifier[method](animation("disposals.gif"), {
      frames,
    });
    assertClose(given, mean(all), 1e-6);
  }
});

Deno.test("classifyFrames() gives each frame's classes, when it is shown, and the mean", async () => {
  using classifier = await open();
  for (const file of ANIMATED) {
    const bytes = animation(file);
    const { frames, classes } = await classifier.classifyFrames(bytes, {
      frames: 4,
      top: 2,
    });
    const { times } = CASES.find((it) => it.file === file)!;
    assert.deepEqual(frames.map(({ time }) => time), [
      ...frames.map(({ frame }) => times[frame]),
    ]);
    assert.equal(frames.length, 4);
    assert.equal(frames.at(-1)!.frame, times.length - 1);
    assert.deepEqual(
      await classifier.classify(bytes, { frames: 4, top: 2 }),
      classes,
    );
    const [first] = frames;
    assert.deepEqual(
      first!.classes,
      await classifier.classify(bytes, { top: 2 }),
    );
    if (!file.endsWith(".gif")) continue;
    const answers = await answersAbout(
      file,
      frames.map(({ frame }) => frame),
      (it) => classifier.classify(it, { top: 2 }),
    );
    assert.deepEqual(frames.map(({ classes }) => classes), answers);
  }
});

Deno.test("classifyFrames() runs all frames unless told how many, and a still image as one", async () => {
  using classifier = await open();
  for (const file of ANIMATED) {
    const bytes = animation(file);
    const { times } = CASES.find((it) => it.file === file)!;
    const { frames, frameCount } = await classifier.classifyFrames(bytes);
    assert.deepEqual(frames.map(({ time }) => time), times);
    assert.equal(frameCount, times.length);
  }
  const still = animation("still.gif");
  const classes = await classifier.classify(still);
  assert.deepEqual(await classifier.classifyFrames(still), {
    classes,
    frames: [{ frame: 0, time: 0, classes }],
    frameCount: 1,
  });
  assert.deepEqual(await classifier.classify(still, { frames: 9 }), classes);
});

Deno.test("one frame of an animation is the first, as without frames", async () => {
  using classifier = await open();
  const bytes = animation("disposals.gif");
  for (
    const method of ["classify", "probabilities", "logits", "features"] as const
  ) {
    assert.deepEqual(
      await classifier[method](bytes, { frames: 1 }),
      await classifier[method](bytes),
    );
  }
});

Deno.test("a frame that differs stands out among many, which hide it in the mean", async () => {
  using classifier = await open();
  const bytes = animation("disposals.gif");
  const { classes, frames } = await classifier.classifyFrames(bytes, {
    top: Infinity,
  });
  for (const { label, probability } of classes) {
    const highest = Math.max(
      ...frames.map(({ classes }) =>
        classes.find((it) => it.label === label)!.probability
      ),
    );
    assert.ok(highest >= probability);
  }
});

Deno.test("classifyAll() and featuresAll() take frames of each image", async () => {
  using classifier = await open();
  const images = [...ANIMATED, "still.gif"].map(animation);
  const options = { frames: 3, top: 1 };
  const classified = classifier.classifyAll(images, options);
  for await (const { image, classes } of classified) {
    assert.deepEqual(classes, await classifier.classify(image, options));
  }
  const all = classifier.featuresAll(images, { frames: 2 });
  for await (const { image, features } of all) {
    const expected = await classifier.features(image, { frames: 2 });
    assert.deepEqual(features, expected);
  }
});

Deno.test("frames must be a whole number of at least 1, and explain() takes none", async () => {
  using classifier = await open();
  const bytes = animation("disposals.gif");
  // deno-lint-ignore no-explicit-any
  for (const frames of [0, -1, 1.5, NaN, "2", null] as any[]) {
    for (const method of ["classify", "classifyFrames", "features"] as const) {
      await assert.rejects(classifier[method](bytes, { frames }), {
        name: "ArgumentError",
        message: /frames must be a whole number >= 1/,
      }, `${method} ${frames}`);
    }
  }
  await assert.rejects(
    // @ts-expect-error A heat map is of one image.
    classifier.explain(bytes, { frames: 2 }),
    /there is no option "frames"/,
  );
});

Deno.test("classifyFrames() refuses a model that gives logits", async () => {
  const narrow: Network = await importModel();
  const architecture = { ...narrow.architecture, activation: "none" } as const;
  using classifier = await load({ ...narrow, architecture }, {
    variant: 75,
    precision: "f32",
    backend: "wasm",
  });
  const bytes = animation("disposals.gif");
  await assert.rejects(classifier.classifyFrames(bytes), /gives logits/);
  const logits = await classifier.logits(bytes, { frames: 2 });
  assert.equal(logits.length, 7);
});

Deno.test("classify() of frames reports the times of all of them at once", async () => {
  using classifier = await open();
  const reports: object[] = [];
  await classifier.classify(animation("disposals.gif"), {
    frames: 5,
    onTimings: (it) => reports.push(it),
  });
  assert.deepEqual(reports.map((it) => Object.keys(it)), [
    ["decode", "resize", "inference"],
  ]);
});
