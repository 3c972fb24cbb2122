import assert from "node:assert/strict";
import { parseOptions } from "../../src/cli/options.ts";
import {
  askedPreprocessing,
  PREPROCESSING_OPTIONS,
} from "../../src/cli/preprocessing_options.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/keras/preprocessing.ts";
import { IMAGENET_PREPROCESSING } from "../../src/weights/torchvision.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { run } from "./in_process.ts";
import { PHOTOS, workFolder } from "./totem.ts";

const asked = (...args: string[]) =>
  askedPreprocessing(parseOptions(args, PREPROCESSING_OPTIONS).values);

const KERAS = pixels(KERAS_PREPROCESSING);
const IMAGENET = pixels(IMAGENET_PREPROCESSING);

Deno.test("nothing of the preprocessing is asked for without an option", () => {
  assert.deepEqual(asked(), {});
});

for (
  const [args, expected] of [
    [["--scale", "-1..1"], KERAS],
    [["--mean", "0.5,0.5,0.5", "--std=0.5,0.5,0.5"], KERAS],
    [["--scale=0..1"], { scale: each(1 / 255), offset: each(0) }],
    [["--scale", "0..255"], { scale: each(1), offset: each(0) }],
    [["--scale", "imagenet"], IMAGENET],
    [
      ["--mean", "0.485,0.456,0.406", "--std", "0.229, 0.224, .225"],
      IMAGENET,
    ],
    [["--crop", "squash"], { crop: { kind: "squash" } }],
    [["--crop", "center:1"], { crop: { kind: "center", fraction: 1 } }],
    [["--crop", "center:.875"], { crop: { kind: "center", fraction: 0.875 } }],
    [["--crop", "342:299"], { crop: { kind: "resize", to: 342, size: 299 } }],
    [["--resize", "bicubic"], { resize: "bicubic" }],
  ] as const
) {
  Deno.test(`${args.join(" ")} is read`, () => {
    const { scale, offset, ...others } = asked(...args);
    const plain = scale &&
      { scale: [...scale], offset: offset!.map((it) => it + 0) };
    assert.deepEqual({ ...plain, ...others }, expected);
  });
}

const BYTES = /blue: if these are for bytes, divide them by 255$/;

for (
  const [args, message] of [
    [["--scale", "1"], /one of: -1\.\.1, 0\.\.1, 0\.\.255, imagenet$/],
    [["--scale", "toString"], /--scale toString/],
    [["--mean", "0.5,0.5,0.5"], /^Cannot use --mean without --std$/],
    [["--std", "0.5,0.5,0.5"], /^Cannot use --std without --mean$/],
    [
      ["--scale", "0..1", "--mean=0,0,0", "--std=1,1,1"],
      /^Cannot use --scale with --mean$/,
    ],
    [["--mean", "123.675,116.28,103.53"], BYTES],
    [["--std", "58.395,57.12,57.375"], BYTES],
    [
      ["--mean", "0.5,0.5"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [
      ["--mean", "0.5,0.5,0.5,0.5"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [
      ["--mean", "0.5,,0.5"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [
      ["--mean", "300,0,0"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [
      ["--mean=-1,0,0"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [
      ["--mean", "a,b,c"],
      /three numbers in 0\.\.1 with commas, for red, green and blue$/,
    ],
    [["--std", "0,1,1"], /three numbers > 0 and <= 1 with commas, .* blue$/],
    [["--std", "0.5,0.5,0"], /three numbers > 0 and <= 1 .* blue$/],
    [["--std", "Infinity,1,1"], /three numbers > 0 and <= 1 .* blue$/],
    ...[
      "center",
      "center:",
      "center:0",
      "center:1.1",
      "center:1e-1",
      "299",
      "299:342",
      "0:0",
      "342:0",
      "342:-1",
      "342:299:1",
      "65536:299",
      "342.5:299",
      "",
    ].map((crop) =>
      [
        [`--crop=${crop}`],
        /must be squash, center:PART .*, or TO:SIZE/,
      ] as const
    ),
    [["--resize", "bilinear"], /one of: antialiased, bicubic, half-pixel$/],
  ] as const
) {
  Deno.test(`${args.join(" ")} is wrong usage`, () => {
    assert.throws(() => asked(...args), { name: "UsageError", message });
  });
}

for (
  const command of [
    ...["adapt", "classify", "convert", "evaluate", "explain"],
    ...["features", "finetune", "index", "search", "serve"],
  ]
) {
  Deno.test(`totem ${command} takes these options`, async () => {
    const { stdout } = await run([command, "--help-all"]);
    for (const name of Object.keys(PREPROCESSING_OPTIONS)) {
      assert.match(stdout, new RegExp(`^  --${name} `, "m"));
    }
    const { code, stderr } = await run([command, "--resize", "bilinear"]);
    assert.equal(code, 2);
    assert.match(stderr, /Cannot use --resize bilinear/);
  });
}

Deno.test("a model answers as it is told that photos enter it, and says so", async () => {
  await using folder = await workFolder();
  const classify = async (...args: string[]) => {
    const photo = `${PHOTOS}/drum.jpg`;
    const made = await run(
      ["classify", "--json", "--top=7", ...folder.model, ...args, photo],
    );
    assert.equal(made.code, 0, made.stderr);
    return { ...made, answer: JSON.parse(made.stdout) };
  };
  const plain = await classify();
  // The same values as the assumed ones.
  const same = await classify(
    ...["--scale", "-1..1", "--crop", "center:1", "--resize", "antialiased"],
  );
  assert.equal(same.stderr, "");
  assert.deepEqual(same.answer.classes, plain.answer.classes);
  assert.deepEqual(same.answer.input.assumed, []);
  for (
    const [args, left] of [
      [["--scale", "0..1"], ["crop", "resize"]],
      [["--crop", "80:75"], ["pixels", "resize"]],
      [["--resize", "half-pixel"], ["pixels", "crop"]],
    ] as const
  ) {
    const { answer } = await classify(...args);
    assert.notDeepEqual(answer.classes, plain.answer.classes);
    assert.deepEqual(answer.input.assumed, left);
  }
});

Deno.test("an int8 file takes another crop and resize, and refuses another scale", async () => {
  await using file = await fileOf(await narrowNetwork());
  const classify = (...args: string[]) =>
    run(
      [
        ...["classify", "--json", "--model", file.path, "--variant", "75"],
        ...args,
        `${PHOTOS}/drum.jpg`,
      ],
    );
  const plain = await classify();
  const other = await classify("--crop", "squash", "--resize", "bicubic");
  assert.deepEqual([plain.code, other.code], [0, 0]);
  assert.notEqual(other.stdout, plain.stdout);
  for (const range of ["0..1", "0..255"]) {
    const refused = await classify("--scale", range);
    assert.equal(refused.code, 1);
    assert.equal(refused.stdout, "");
    assert.match(
      refused.stderr,
      /^error Cannot load the int8 model ".*\.safetensors" with pixels 0\.\.\d+ as its weights are for pixels -1\.\.1: convert the original model again\n$/,
    );
    assert.ok(refused.stderr.includes(`with pixels ${range} as`));
  }
  assert.equal((await classify("--scale", "-1..1")).stdout, plain.stdout);
});

function each(value: number) {
  return [value, value, value];
}

function pixels(
  { scale, offset }: { scale: readonly number[]; offset: readonly number[] },
) {
  return { scale: [...scale], offset: [...offset] };
}
