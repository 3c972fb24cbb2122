import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { makeLayersModel, NARROW, writeLayersModel } from "../layers_model.ts";
import { main } from "../../src/cli.ts";
import { run, testStreams } from "./in_process.ts";
import { onFolderRead } from "./on_folder_read.ts";
import { isElsewhere, testInDeno, testOnce as test } from "./program.ts";
import { besidesNote, int8Folder, PHOTOS, totem, workFolder } from "./totem.ts";

const ANIMATION = fileURLToPath(
  import.meta.resolve("../data/images/animations/disposals.gif"),
);

test("totem classify --frames answers for the frames of an animation", async () => {
  await using folder = await workFolder();
  const file = ANIMATION;
  const of = async (...options: readonly string[]) => {
    const args = ["classify", ...options, ...folder.model, file];
    const made = await run(args);
    assert.equal(made.code, 0, made.stderr);
    return made.stdout;
  };
  const json = async (...options: readonly string[]) =>
    JSON.parse(await of("--json", "--top", "2", ...options));
  const first = await json();
  assert.equal(first.frames, undefined);
  const several = await json("--frames", "3");
  assert.deepEqual(Object.keys(several), [
    ...["file", "classes", "frames", "frameCount", "input", "backend"],
  ]);
  const { frames, classes, ...others } = several;
  assert.deepEqual(
    frames.map(({ frame, time }: { frame: number; time: number }) => [
      frame,
      time,
    ]),
    [[0, 0], [5, 3.32], [9, 3.61]],
  );
  assert.deepEqual({ ...others, classes: frames[0].classes }, {
    ...others,
    classes: first.classes,
  });
  assert.notDeepEqual(classes, first.classes);
  const all = await json("--frames", "1000");
  assert.equal(all.frames.length, 10);
  assert.equal(several.frameCount, 10);
  // The text output has the mean over the frames, and says so.
  const [heading, best] = (await of("--frames", "3")).split("\n");
  assert.equal(heading, `${file} (mean of 3 of its 10 frames)`);
  for (
    const [count, expected] of [
      ["1", " (the first of its 10 frames)"],
      ["99", " (mean of its 10 frames)"],
    ] as const
  ) {
    const text = await of("--frames", count);
    assert.ok(text.startsWith(`${file}${expected}\n`), text);
  }
  assert.ok((await of()).startsWith(`${file}\n`));
  const { label, probability } = classes[0];
  assert.ok(best!.endsWith(label), best);
  assert.ok(best!.includes((100 * probability).toFixed(1)), best);
  const wrong = await run(["classify", "--frames", "0", file]);
  assert.match(wrong.stderr, /--frames 0 as it must be a whole number >= 1/);
});

test("totem --frames warns of an animated AVIF, of which the first frame is run", async () => {
  await using folder = await workFolder();
  const file = `${folder.path}/clip.avif`;
  const animated = new URL(
    "../data/images/heif/animated.avif",
    import.meta.url,
  );
  await Deno.copyFile(animated, file);
  const warning =
    `warning ${file}: only the first of its 2 frames was run, as the others of an animated AVIF can't be decoded. For all of them, convert it to GIF or WebP`;
  const commands = [["classify"], ["classify", "--json"], ["features"]];
  for (const command of commands) {
    const told = async (frames: string) => {
      const args = [...command, "--frames", frames, ...folder.model, file];
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0, stderr);
      return { stdout, isWarned: stderr.split("\n").includes(warning) };
    };
    const several = await told("4");
    const first = await told("1");
    assert.equal(several.stdout, first.stdout);
    assert.deepEqual([several.isWarned, first.isWarned], [true, false]);
    if (command[1] === "--json") {
      const { frames, frameCount } = JSON.parse(several.stdout);
      assert.deepEqual([frames.length, frameCount], [1, 2]);
    } else if (command[0] === "classify") {
      assert.ok(
        several.stdout.startsWith(`${file} (the first of its 2 frames)`),
      );
    }
  }
});

test("totem classify --frames shows what is wrong with an animation, and goes on", async () => {
  await using folder = await workFolder();
  const bytes = await Deno.readFile(ANIMATION);
  const cut = `${folder.path}/cut.gif`;
  await Deno.writeFile(cut, bytes.subarray(0, 900));
  const { code, stdout, stderr } = await run([
    ...["classify", "--json", "--frames", "4", ...folder.model],
    ...[cut, `${PHOTOS}/fig.jpg`],
  ]);
  assert.equal(code, 1);
  const [damaged, photo] = stdout.trimEnd().split("\n").map((it) =>
    JSON.parse(it)
  );
  assert.match(damaged.error, /GIF.*truncated/);
  assert.match(stderr, /cut\.gif: /);
  assert.equal(photo.frames.length, 1);
});

test("totem classify --json gives one object a line", async () => {
  await using folder = await workFolder();
  const { code, stdout } = await run([
    "classify",
    "--json",
    "--top",
    "2",
    ...folder.model,
    `${PHOTOS}/drum.jpg`,
    `${PHOTOS}/fig.jpg`,
  ]);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.deepEqual(lines.map((it) => it.file), [
    `${PHOTOS}/drum.jpg`,
    `${PHOTOS}/fig.jpg`,
  ]);
  for (const { classes, input } of lines) {
    assert.deepEqual(input, {
      variant: 75,
      size: 75,
      assumed: ["pixels", "crop", "resize"],
    });
    assert.equal(classes.length, 2);
    assert.deepEqual(Object.keys(classes[0]), [
      "label",
      "index",
      "probability",
    ]);
    assert.ok(classes[0].probability >= classes[1].probability);
    assert.equal(classes[0].label, `class ${classes[0].index}`);
  }
});

test("totem classify tells on what an answer hangs, and that int8 runs in f32", async () => {
  await using file = await fileOf(await narrowNetwork());
  const classify = async (options: string[], flags: string[] = []) => {
    const photo = `${PHOTOS}/drum.jpg`;
    const { code, stdout, stderr } = await totem(
      [
        "classify",
        "--json",
        "--variant",
        "75",
        "--model",
        file.path,
        ...options,
        photo,
      ],
      { permissions: ["--allow-read", ...flags] },
    );
    assert.equal(code, 0, stderr);
    return { told: JSON.parse(stdout).backend, stderr };
  };
  const int8 = { device: "wasm", precision: "int8" };
  assert.deepEqual(await classify(["--activation-bits", "7"]), {
    told: { ...int8, activationBits: 7 },
    stderr: "",
  });
  if (Deno.build.arch !== "x86_64" || isElsewhere()) return;
  // V8's SIMD needs SSE4.1.
  const { told, stderr } = await classify([], [
    "--v8-flags=--no-enable-sse4-1",
  ]);
  assert.deepEqual(told, {
    device: "wasm",
    precision: "f32",
    activationBits: null,
  });
  assert.match(
    stderr,
    /^warning .*\.safetensors is int8, and runs as wasm f32, slower and with slightly other answers: wasm int8: [^\n]* no WebAssembly SIMD; webgpu int8: [^\n]*\n$/,
  );
});

Deno.test("totem classify goes on after a broken file, and exits 1", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  await Deno.mkdir(`${photos}/more`, { recursive: true });
  await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/a.jpg`);
  const bytes = await Deno.readFile(`${PHOTOS}/fig.jpg`);
  await Deno.writeFile(`${photos}/b.jpg`, bytes.subarray(0, 9000));
  await Deno.writeTextFile(`${photos}/c.PNG`, "GIF89a");
  await Deno.writeTextFile(`${photos}/d.webp`, "");
  await Deno.writeTextFile(`${photos}/notes.txt`, "not an image");
  await Deno.copyFile(`${PHOTOS}/clock.jpg`, `${photos}/more/e.JPEG`);

  const made = await run(["classify", "--json", ...folder.model, photos]);
  assert.equal(made.code, 1);
  const lines = made.stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.deepEqual(lines.map(({ file, error }) => [file, typeof error]), [
    [`${photos}/a.jpg`, "undefined"],
    [`${photos}/b.jpg`, "string"],
    [`${photos}/c.PNG`, "string"],
    [`${photos}/d.webp`, "string"],
    [`${photos}/more/e.JPEG`, "undefined"],
  ]);
  const [b, c, d, summary, passedOver] = besidesNote(made).trimEnd().split(
    "\n",
  );
  assert.equal(b, `error ${photos}/b.jpg: ${lines[1].error}`);
  assert.ok(b!.startsWith(`error ${photos}/b.jpg: `), b);
  assert.match(b!, /JPEG/);
  assert.match(b!, /truncated/);
  assert.match(c!, /c\.PNG: .*GIF/);
  assert.match(d!, /d\.webp: .*empty/);
  assert.equal(summary, "2 done, 3 failed");
  assert.equal(passedOver, "skipped 1 file: 1 .txt");
});

test("totem classify refuses a model without classes", async () => {
  await using folder = await workFolder();
  const model = `${folder.path}/headless`;
  await Deno.mkdir(model);
  await writeLayersModel(
    makeLayersModel({ architecture: { ...NARROW, classes: 0 } }),
    model,
  );
  const args = ["--model", model, "--variant", "75", `${PHOTOS}/drum.jpg`];
  const made = await run(["classify", ...args]);
  assert.deepEqual([made.code, made.stdout], [1, ""]);
  assert.equal(
    besidesNote(made),
    "error Cannot classify as the model has no classes: totem features works\n",
  );
  assert.equal((await run(["features", ...args])).code, 0);
});

Deno.test("totem classify reads standard input", async () => {
  await using folder = await workFolder();
  const stdin = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const args = ["classify", "--json", ...folder.model];
  const piped = await totem([...args, "-"], { stdin });
  assert.equal(piped.code, 0);
  const named = await run([...args, `${PHOTOS}/drum.jpg`]);
  assert.deepEqual(
    JSON.parse(piped.stdout),
    { ...JSON.parse(named.stdout), file: "-" },
  );
});

Deno.test("totem classify expands globs, relative to where it is", async () => {
  await using folder = await int8Folder();
  const args = ["classify", "--json", ...folder.model];
  const made = await totem([...args, "photos/d*.jpg", "**/fig.{png,jpg}"], {
    cwd: fileURLToPath(new URL("../../examples", import.meta.url)),
  });
  assert.equal(made.stderr, "");
  assert.deepEqual(
    made.stdout.trimEnd().split("\n").map((it) => JSON.parse(it).file),
    [
      "photos/dandelion.jpg",
      "photos/dragonfly.jpg",
      "photos/drum.jpg",
      "photos/fig.jpg",
    ],
  );
});

Deno.test("totem classify tells what isn't there, and doesn't load a model for nothing", async () => {
  await using folder = await workFolder();
  await Deno.mkdir(`${folder.path}/empty`);
  const made = await run([
    "classify",
    "--model",
    "no such model",
    `${folder.path}/none.jpg`,
    `${folder.path}/*.jpg`,
    `${folder.path}/empty`,
  ]);
  assert.equal(made.code, 1);
  assert.equal(made.stdout, "");
  assert.equal(
    made.stderr,
    `error ${folder.path}/none.jpg: there is no such file or folder\n` +
      `error ${folder.path}/*.jpg: no file matches this pattern\n` +
      `error ${folder.path}/empty: no image in this folder\n`,
  );
});

testInDeno(
  "totem classify gives answers before it looks into the folders that come later",
  async () => {
    await using folder = await workFolder();
    const photos = `${folder.path}/photos`;
    for (let i = 1; i <= 9; i++) {
      await Deno.mkdir(`${photos}/${i}`, { recursive: true });
      await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/${i}/drum.jpg`);
    }
    const streams = testStreams();
    const done: number[] = [];
    using _ = onFolderRead(() => {
      done.push(streams.output.stdout.split("\n").length - 1);
    });
    const args = ["classify", "--json", ...folder.model, "--threads", "1"];
    assert.equal(await main([...args, photos], streams), 0);
    assert.equal(streams.output.stdout.split("\n").length, 10);
    // Two are found before the model is opened, and two or three while an image runs.
    assert.equal(done.length, 10);
    const [last] = done.slice(-1);
    assert.ok(last! >= 5, `${done}`);
  },
);

testInDeno(
  "totem classify shows how far it is as soon as the images are counted",
  async () => {
    await using folder = await workFolder();
    const { now } = performance;
    let passed = 0;
    performance.now = () => now.call(performance) + (passed += 1000);
    try {
      const photos = [`${PHOTOS}/drum.jpg`, `${PHOTOS}/fig.jpg`];
      const { code, stderr } = await run(
        ["classify", ...folder.model, ...photos],
        { isTerminal: true, env: { TERM: "xterm" } },
      );
      assert.equal(code, 0);
      assert.match(stderr, / 1 of 2 images, \d+\.\d a second/);
      assert.match(stderr, / 2 of 2 images, \d+\.\d a second/);
    } finally {
      performance.now = now;
    }
  },
);

test("totem classify names a model that it can't find", async () => {
  const made = await run([
    "classify",
    "--model",
    "nsfl",
    `${PHOTOS}/drum.jpg`,
  ]);
  assert.equal(made.code, 1);
  assert.match(
    made.stderr,
    /^error Cannot load the model "nsfl": .*: did you mean nsfw\?\n$/,
  );
  assert.ok(!made.stderr.includes("    at "));
});

test("totem classify says how to get int8 from a model of f32", async () => {
  await using folder = await workFolder();
  const made = await run([
    "classify",
    ...folder.model,
    "--precision",
    "int8",
    `${PHOTOS}/drum.jpg`,
  ]);
  assert.equal(made.code, 1);
  assert.match(made.stderr, /wasm int8: .* totem convert makes a file of int8/);
});

Deno.test("totem classify gives the same on any number of threads, in order", async () => {
  await using folder = await workFolder();
  const file = `${folder.path}/narrow.safetensors`;
  const { code, stderr } = await run(
    ["convert", folder.path + "/model", "--out", file],
  );
  assert.equal(code, 0, stderr);
  const classify = async (...options: string[]) => {
    const made = await run([
      "classify",
      "--json",
      ...["--model", file, "--variant", "75", "--activation-bits", "7"],
      ...options,
      PHOTOS,
    ]);
    assert.equal(made.code, 0, made.stderr);
    return made.stdout;
  };
  const one = await classify("--threads", "1");
  const files = one.trim().split("\n").map((line) => JSON.parse(line).file);
  assert.equal(files.length, 12);
  assert.deepEqual(files, files.toSorted());
  assert.equal(await classify("--threads", "3"), one);
  assert.equal(await classify(), one);
});

test("totem classify refuses threads and bits that there can't be", async () => {
  for (
    const [option, value, message] of [
      ["--threads", "0", /whole number in 1\.\.64/],
      ["--threads", "many", /whole number in 1\.\.64/],
      ["--activation-bits", "6", /Should be one of: auto, 7, 8/],
    ] as const
  ) {
    const made = await run([
      "classify",
      option,
      value,
      `${PHOTOS}/drum.jpg`,
    ]);
    assert.equal(made.code, 2);
    assert.match(made.stderr, message);
  }
});

test("totem classify --max-pixels and --max-memory bound images", async () => {
  await using folder = await workFolder();
  const images = fileURLToPath(new URL("../data/images/", import.meta.url));
  const files = ["color.jpg", "lossy.webp"].map((it) => `${images}${it}`);
  const classify = (...limit: string[]) =>
    run(["classify", ...limit, ...folder.model, ...files]);
  assert.equal((await classify("--max-pixels", `${45 * 37}`)).code, 0);
  const { code, stderr } = await classify("--max-pixels", `${31 * 26}`);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /JPEG of 45x37 pixels as these are 1665 and the limit is 806/,
  );
  assert.doesNotMatch(stderr, /WebP/);
  const short = await classify("--max-memory", "9999");
  assert.match(
    short.stderr,
    /WebP of 31x26 pixels as it takes \d{5} bytes of memory and the limit is 9999: shrink the image or raise --max-memory\n/,
  );
});

/** What `totem classify` prints of a photo, with and without `--json`. */
async function classified(...args: string[]) {
  const photo = `${PHOTOS}/drum.jpg`;
  const text = await run(["classify", ...args, photo]);
  const json = await run(["classify", "--json", ...args, photo]);
  assert.equal(json.code, text.code, json.stderr);
  assert.equal(text.code, 0, text.stderr);
  const [file, ...lines] = text.stdout.trimEnd().split("\n");
  assert.equal(file, photo);
  return { lines, classes: JSON.parse(json.stdout).classes };
}

test("totem classify --activation sigmoid gives the labels that reach the threshold", async () => {
  await using folder = await workFolder();
  const args = [...folder.model, "--activation", "sigmoid"];
  const all = await classified(...args, "--threshold", "0");
  assert.equal(all.classes.length, 7);
  const likely = all.classes.filter((it: { probability: number }) =>
    it.probability >= 0.5
  );
  assert.ok(likely.length > 0 && likely.length < 7);
  const { classes, lines } = await classified(...args);
  assert.deepEqual(classes, likely);
  assert.equal(lines.length, likely.length);
  assert.match(lines[0]!, /^ {3}\d\d\.\d% {2}class \d$/);
  const one = await classified(...args, "--top", "1", "--threshold=0");
  assert.deepEqual(one.classes, all.classes.slice(0, 1));
  const none = await classified(...args, "--threshold", "0.9999");
  assert.deepEqual(none.classes, []);
  assert.deepEqual(none.lines, ["  no label reaches 99.99%"]);
});

test("totem classify --activation none gives logits, not percentages", async () => {
  await using folder = await workFolder();
  const args = [...folder.model, "--activation", "none"];
  const { classes, lines } = await classified(...args, "--top", "7");
  assert.equal(classes.length, 7);
  for (const [i, { logit, label, probability }] of classes.entries()) {
    assert.equal(probability, undefined);
    assert.ok(i === 0 || logit <= classes[i - 1].logit);
    const [, number, name] = lines[i]!.match(/^ +([+-]\d+\.\d{3}) {2}(.*)$/)!;
    assert.equal(name, label);
    assert.equal(Number(number), Number(logit.toFixed(3)));
  }
  assert.equal((await classified(...args)).classes.length, 5);
  const { code, stderr } = await run([
    "classify",
    ...args,
    "--threshold",
    "0.5",
    `${PHOTOS}/drum.jpg`,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /Cannot use --threshold as the model gives logits/);
});

test("totem classify refuses values of --activation, --pooling and --threshold that there aren't", async () => {
  for (
    const [option, value, message] of [
      ["activation", "relu", /Should be one of: softmax, sigmoid, none/],
      ["pooling", "flatten", /Should be one of: mean, max/],
      [
        "threshold",
        "50",
        /must be a number from 0 to 1: did you mean 0\.5\?$/m,
      ],
      ["threshold", "101", /must be a number from 0 to 1$/m],
    ] as const
  ) {
    const { code, stderr } = await run(["classify", `--${option}`, value, "a"]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
