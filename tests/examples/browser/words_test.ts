/** The page's texts. */
import assert from "node:assert/strict";
import { describeModel } from "../../../examples/browser/build/models.ts";
import { explain } from "../../../examples/browser/explain.js";
import { next, START } from "../../../examples/browser/state.js";
import {
  className,
  countsOf,
  percent,
  placeOf,
  statusOf,
} from "../../../examples/browser/words.js";

// deno-lint-ignore no-explicit-any -- the page's own modules have no types
type Any = any;

Deno.test("classes are words, and percentages are alike everywhere", () => {
  assert.equal(className("Welsh_springer_spaniel"), "Welsh springer spaniel");
  assert.equal(className("_"), "_");
  for (
    const [probability, text] of [
      [1, "100.0%"],
      [0.9996, ">99.9%"],
      [0.9994, "99.9%"],
      [0.5, "50.0%"],
      [0.001, "0.1%"],
      [0.0009, "<0.1%"],
      [0, "0.0%"],
    ] as const
  ) {
    assert.equal(percent(probability), text);
  }
});

Deno.test("the status tells what happens, and marks a guess", () => {
  const classes = (probability: number) => ({
    answer: { classes: [{ label: "a_b", index: 0, probability }] },
  });
  const ready = [
    { type: "choose" },
    { type: "ready", run: 1, machine: {} },
    { type: "take", files: [{ name: "x.jpg" }] },
  ].reduce(next, START as Any);
  assert.equal(statusOf(ready), "Looking at x.jpg");
  const answered = (probability: number) =>
    next(ready, {
      type: "answered",
      run: 1,
      photo: 1,
      ...classes(probability),
    });
  assert.equal(statusOf(answered(0.994)), "a b, 99.4%");
  assert.equal(statusOf(answered(0.05)), "Not sure. Perhaps a b, 5.0%");
  const loading = { type: "progress", run: 1, done: 1, total: 9 };
  const downloading = [{ type: "choose" }, loading].reduce(next, START as Any);
  assert.match(statusOf(downloading), /^Downloading the model, once$/);
  const elsewhere = next(downloading, { ...loading, isElsewhere: true });
  assert.match(statusOf(elsewhere), /^Another tab downloads the model/);
});

Deno.test("what several photos are is counted", () => {
  const photo = (label: string) => ({
    answer: { classes: [{ label, index: 0, probability: 1 }] },
  });
  const photos = [photo("Cat"), photo("Dog"), photo("Dog"), { problem: {} }];
  assert.equal(countsOf(photos), "Dog 2, Cat 1, not readable 1");
  assert.equal(countsOf([{ answer: { classes: [] } }]), "none 1");
});

Deno.test("where a map is strongest is told in words", () => {
  const at = (x: number, y: number) => {
    const values = new Float32Array(81);
    values[y * 9 + x] = 1;
    return placeOf({ values, width: 9, height: 9 });
  };
  assert.equal(at(0, 0), "in the upper left");
  assert.equal(at(8, 8), "in the lower right");
  assert.equal(at(4, 4), "in the middle");
  assert.equal(at(0, 4), "on the left");
  assert.equal(at(4, 0), "at the top");
  assert.equal(at(4, 8), "at the bottom");
});

Deno.test("problems say what to do, by what is chosen and whether there is a network", () => {
  const online = { backend: "engine", isOnline: true };
  const offline = { ...online, isOnline: false };
  const cases: [Any, Any, RegExp, string | null][] = [
    [
      {
        code: "backend-unavailable",
        message: "no SIMD",
      },
      online,
      /too old/,
      null,
    ],
    [
      { code: "backend-unavailable", message: "unsafe-eval isn't allowed" },
      online,
      /host must allow 'wasm-unsafe-eval'/,
      null,
    ],
    [
      { code: "backend-unavailable", message: "no adapter" },
      { ...online, backend: "webgpu" },
      /no WebGPU.*Choose WebAssembly/,
      null,
    ],
    [{ code: "unknown-model" }, online, /broke off/, "retry"],
    [{ code: "unknown-model" }, offline, /You are offline/, "retry"],
    [{ code: "corrupt-weights" }, online, /sign in/, "retry"],
    [{ code: "page-file" }, online, /model\.json/, "retry"],
    [{ code: "missing-part" }, online, /A part of the page/, "retry"],
    [
      { code: "missing-part" },
      { ...offline, backend: "tfjs-wasm" },
      /tfjs isn't on this device/,
      "retry",
    ],
    [
      { code: "decoder-unavailable", format: "PNG" },
      online,
      /reads PNG files/,
      "retry",
    ],
    [
      { code: "decoder-unavailable", format: "heic" },
      online,
      /reads HEIC files/,
      "retry",
    ],
    [
      { code: "unsupported-image", format: "AVIF" },
      online,
      /^This is an AVIF file, which can't be read here\. Save it as JPEG or PNG and try that\.$/,
      null,
    ],
    [{ code: "unsupported-image" }, online, /^This isn't a photo/, null],
    [{ code: "NotAllowedError" }, online, /Allow it/, null],
    [{ code: "worker" }, online, /didn't load/, "reload"],
    [{ message: "?" }, online, /Something went wrong\. Reload/, "reload"],
  ];
  for (const [problem, where, words, action] of cases) {
    const told = explain({ message: "", ...problem }, where);
    assert.match(told.words, words);
    assert.equal(told.action, action, told.words);
    // Never advises choosing what is already chosen.
    if (where.backend === "engine") {
      assert.doesNotMatch(told.words, /Choose WebAssembly/);
    }
  }
});

Deno.test("a model's purpose comes from its labels", () => {
  const nsfw = ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"];
  assert.match(describeModel(nsfw, "softmax").purpose, /made for moderation/);
  assert.equal(
    describeModel(["cat", "big_dog", "emu"], "softmax").purpose,
    "Sorts photos into cat, big dog and emu.",
  );
  const many = Array.from({ length: 1000 }, (_, i) => `thing_${i}`);
  assert.equal(
    describeModel(many, "softmax").purpose,
    "Names the likeliest of 1,000 things that it knows, such as thing 125, thing 375, thing 625 or thing 875.",
  );
  assert.equal(
    describeModel(["wet", "dark"], "sigmoid").purpose,
    "Says which of 2 labels fit a photo, any number of them: wet and dark.",
  );
});
