import assert from "node:assert/strict";
import { evaluate } from "../../src/cli/evaluate.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { convert } from "../../src/convert/mod.ts";
import { randomF32Network } from "../random_network.ts";
import { run, unseen } from "./in_process.ts";
import { elementsOf } from "../charts/well_formed.ts";
import { overriding } from "./overriding.ts";
import { besidesNote, PHOTOS, type Run, totem, workFolder } from "./totem.ts";

const PHOTO_NAMES = ["drum", "fig", "clock", "alp"];

/** A model of 7 classes and a folder of photos of two of them. */
async function evaluationFolder() {
  const folder = await workFolder();
  const photos = `${folder.path}/photos`;
  for (const [i, name] of PHOTO_NAMES.entries()) {
    await Deno.mkdir(`${photos}/class ${i % 2}`, { recursive: true });
    await Deno.copyFile(
      `${PHOTOS}/${name}.jpg`,
      `${photos}/class ${i % 2}/${name}.jpg`,
    );
  }
  return {
    ...folder,
    photos,
    args: ["evaluate", "--backend", "wasm", ...folder.model],
    /** The answers of `totem classify` to the photos, in the order of files. */
    async answers(): Promise<{ index: number; probability: number }[]> {
      const args = ["--json", "--top", "1", ...folder.model, photos];
      const { stdout } = await run(["classify", ...args]);
      return stdout.trimEnd().split("\n").map((it) =>
        JSON.parse(it).classes[0]
      );
    },
  };
}

Deno.test("totem evaluate --json measures what totem classify answers", async () => {
  await using folder = await evaluationFolder();
  const made = await run([...folder.args, "--json", folder.photos]);
  assert.equal(besidesNote(made), "");
  assert.equal(made.code, 0);
  const found = JSON.parse(made.stdout);
  const answers = await folder.answers();
  const right = answers.filter(({ index }, i) => index === (i < 2 ? 0 : 1));
  assert.equal(found.images, 4);
  assert.equal(found.failed, 0);
  assert.equal(found.top1, right.length / 4);
  assert.ok(found.top5 >= found.top1 && found.top5 <= 1);
  assert.deepEqual(found.sizes, [75]);
  assert.deepEqual(found.metadata[0].variant, { value: 75, from: "option" });
  assert.equal(found.metadata[0].pixels.from, "assumed");
  assert.ok(found.imagesPerSecond > 0 && found.inference > 0);
  assert.ok(found.memory > 0 && found.multiplyAdds > 0);
  const confidence = found.calibration.bins.reduce(
    (sum: number, it: { images: number; confidence: number | null }) =>
      sum + it.images * (it.confidence ?? 0),
    0,
  );
  const expected = answers.reduce((sum, it) => sum + it.probability, 0);
  assert.ok(Math.abs(confidence - expected) < 1e-5);
  assert.equal(
    found.confusion.flat().reduce((a: number, b: number) => a + b),
    4,
  );
});

Deno.test("totem evaluate shows a table of classes, and draws it", async () => {
  await using folder = await evaluationFolder();
  const svg = `${folder.path}/confusion.svg`;
  const { code, stdout } = await run(
    [...folder.args, "--svg", svg, folder.photos],
  );
  assert.equal(code, 0);
  assert.match(stdout, /^4 images of 2 classes, 1 crop$/m);
  assert.match(stdout, /^top-1 +\d+\.0%, \d of 4$/m);
  assert.match(stdout, /^calibration error +\d+\.\d%$/m);
  assert.match(stdout, /^speed +\d+\.\d images a second, \d+\.\d ms/m);
  assert.match(stdout, /^class 0 +2 +[012] /m);
  assert.match(stdout, /^all +4 /m);
  const chart = await Deno.readTextFile(svg);
  assert.ok(elementsOf(chart).get("rect")! >= 4);

  // Also when nobody reads the output.
  for (const json of [[], ["--json"]]) {
    await Deno.remove(svg);
    const args = [...folder.args, ...json, "--svg", svg, folder.photos];
    const unread = await run(args, { isBroken: true });
    assert.equal(unread.code, 0);
    assert.ok((await Deno.stat(svg)).size > 0);
  }
});

Deno.test("totem evaluate counts any of the classes in labels.tsv as right", async () => {
  await using folder = await evaluationFolder();
  const [first] = await folder.answers();
  const other = (first!.index + 1) % 7;
  await Deno.writeTextFile(
    `${folder.photos}/labels.tsv`,
    `file\tindices\nclass 0/clock.jpg\t${other},${
      first!.index
    }\nclass 0/drum.jpg\t${(other + 1) % 7}\n`,
  );
  const made = await run([...folder.args, "--json", folder.photos]);
  const found = JSON.parse(made.stdout);
  assert.equal(found.images, 2);
  const row = found.classes.find((it: { label: string }) =>
    it.label === `class ${first!.index}`
  );
  assert.equal(row.correct, 1);
});

Deno.test("totem evaluate goes on after a broken file, and exits 1", async () => {
  await using folder = await evaluationFolder();
  await Deno.writeTextFile(`${folder.photos}/class 1/broken.jpg`, "GIF89a");
  const made = await run([...folder.args, "--json", folder.photos]);
  assert.equal(made.code, 1);
  assert.match(
    besidesNote(made),
    /^error .*class 1\/broken\.jpg: .*GIF[^\n]*\n$/,
  );
  const { images, failed } = JSON.parse(made.stdout);
  assert.deepEqual([images, failed], [4, 1]);
});

Deno.test("totem evaluate --resume goes on where a run was cut off", async () => {
  await using folder = await evaluationFolder();
  const results = `${folder.path}/results.jsonl`;
  const args = [...folder.args, "--json", "--resume", results, folder.photos];
  const permissions = ["--allow-read", `--allow-write=${results}`];
  const measured = (made: Run) => {
    assert.equal(besidesNote(made), "");
    assert.equal(made.code, 0);
    const { imagesPerSecond, inference: _, ...found } = JSON.parse(made.stdout);
    return { found, imagesPerSecond };
  };
  const { found } = measured(await totem(args, { permissions }));
  const whole = await Deno.readTextFile(results);
  assert.equal(whole.split("\n").length, 1 + 4 + 1);

  await Deno.writeTextFile(results, whole.slice(0, whole.length * 0.6));
  assert.deepEqual(measured(await run(args)).found, found);
  const again = measured(await run(args));
  assert.deepEqual(again, { found, imagesPerSecond: null });

  const other = await run([...args, "--crops", "12"]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /begun with other crops: 1, now 12\n$/);
  const size = await run(overriding(args, ["--variant", "76"]));
  assert.equal(size.code, 1);
  assert.match(
    size.stderr,
    /begun with other inputs: \["75 x 75, pixels -1\.\.1, .*"\], now \["76 x 76,/,
  );
});

Deno.test("totem evaluate --resume runs photos again that were changed since", async () => {
  await using folder = await evaluationFolder();
  const results = `${folder.path}/results.jsonl`;
  const evaluation = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(
      [...folder.args, "--json", ...args, folder.photos],
    );
    assert.equal(code, 0, stderr);
    const { imagesPerSecond, inference: _, ...found } = JSON.parse(stdout);
    return { found, imagesPerSecond, stderr };
  };
  const resume = () => evaluation("--resume", results);
  await resume();
  assert.equal((await resume()).imagesPerSecond, null);

  await Deno.copyFile(
    `${PHOTOS}/fig.jpg`,
    `${folder.photos}/class 0/drum.jpg`,
  );
  const again = await resume();
  assert.match(again.stderr, /^1 result not used, as the photo was changed/m);
  assert.notEqual(again.imagesPerSecond, null);
  assert.deepEqual(again.found, (await evaluation()).found);
  assert.equal((await resume()).imagesPerSecond, null);

  // In the format from before versions were stored.
  const text = await Deno.readTextFile(results);
  await Deno.writeTextFile(results, text.replace(/,"version":"[^"]*"/g, ""));
  const old = await resume();
  assert.match(old.stderr, /^4 results not used, .* nothing says/m);
  assert.deepEqual(old.found, again.found);
});

Deno.test("totem evaluate --resume mixes no bits, and doesn't mind how they were chosen", async () => {
  await using folder = await evaluationFolder();
  await using file = await fileOf(await narrowNetwork());
  const results = `${folder.path}/results.jsonl`;
  const evaluation = (bits: string) =>
    run([
      "evaluate",
      ...["--model", file.path, "--variant", "75", "--resume", results],
      ...["--json", "--activation-bits", bits, folder.photos],
    ]);
  const { stdout } = await evaluation("auto");
  const [{ activationBits }] = JSON.parse(stdout).backends;
  const same = await evaluation(`${activationBits}`);
  assert.equal(same.code, 0, same.stderr);
  assert.equal(JSON.parse(same.stdout).imagesPerSecond, null);
  const other = await evaluation(activationBits === 7 ? "8" : "7");
  assert.equal(other.code, 1);
  assert.match(
    other.stderr,
    /begun with other backends: \["wasm int8, \d-bit activations"\], now /,
  );
});

Deno.test("totem evaluate averages crops and models", async () => {
  await using folder = await evaluationFolder();
  const model = folder.model[1]!;
  const json = async (...args: string[]) => {
    const made = await run([...folder.args, ...args, "--json", folder.photos]);
    assert.equal(made.code, 0, made.stderr);
    return JSON.parse(made.stdout);
  };
  const one = await json();
  const two = await json("--model", model);
  assert.deepEqual(two.models, [model, model]);
  assert.deepEqual(two.confusion, one.confusion);
  assert.equal(two.multiplyAdds, 2 * one.multiplyAdds);
  const crops = await json("--crops", "12");
  assert.equal(crops.multiplyAdds, 12 * one.multiplyAdds);
  assert.notDeepEqual(crops.calibration, one.calibration);
});

Deno.test("totem evaluate compares variants in a table", async () => {
  await using folder = await evaluationFolder();
  const args = overriding(folder.args, [
    "--variant",
    "75,low79",
    folder.photos,
  ]);
  const made = await run(args);
  assert.equal(besidesNote(made), "");
  assert.equal(made.code, 0);
  const [head, first, second, , last] = made.stdout.trimEnd().split("\n");
  assert.match(head!, /^variant +input +top-1 +top-5 .* ms an image$/);
  assert.match(first!, /^75 +75 x 75 .* MiB +\d+\.\d$/);
  assert.match(second!, /^low79 +79 x 79 .* MiB +\d+\.\d$/);
  assert.match(last!, /^4 images, 1 crop, .*model on wasm f32$/);
});

Deno.test("totem evaluate refuses bad input, and writes nothing", async () => {
  await using folder = await evaluationFolder();
  const { path, photos } = folder;
  for (const [name, content] of [["0", ""], ["1", "text"]]) {
    await Deno.mkdir(`${path}/broken/class ${name}`, { recursive: true });
    await Deno.writeTextFile(`${path}/broken/class ${name}/a.jpg`, content!);
  }
  await Deno.mkdir(`${path}/work`);
  const cases: [args: string[], message: RegExp][] = [
    [
      [path],
      /"broken", "model", .* "class 3", "class 4", "class 5", "class 6"\. Name the classes with --labels FILE or a classes\.json beside the model\n$/,
    ],
    [[`${path}/broken`], /none of its 2 images can be read\n$/],
    [["--classes", `${path}/no.json`, photos], /no\.json/],
    [["--svg", path, photos], /Cannot write .*: it is a folder\n$/],
  ];
  for (const [args, message] of cases) {
    const made = await run([
      ...folder.args,
      ...args.includes("--svg") ? [] : ["--svg", `${path}/work/a.svg`],
      ...args,
    ]);
    assert.equal(made.code, 1);
    assert.equal(made.stdout, "");
    assert.match(made.stderr, message);
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${path}/work`)), []);
});

/** A folder of photos with several labels, and a model with a sigmoid. */
async function labelledFolder() {
  const folder = await evaluationFolder();
  await Deno.writeTextFile(
    `${folder.photos}/labels.tsv`,
    [
      "file\tlabels",
      "class 0/clock.jpg\tclass 0,class 3",
      "class 0/drum.jpg\t",
      "class 1/fig.jpg\tclass 3",
      "class 1/alp.jpg\t1,5",
    ].join("\n"),
  );
  return { ...folder, args: [...folder.args, "--activation", "sigmoid"] };
}

/** The classes of the rows above. */
const LABELLED = [[0, 3], [], [3], [1, 5]];

Deno.test("totem evaluate --activation sigmoid scores each label as totem classify answers", async () => {
  await using folder = await labelledFolder();
  const { photos, model } = folder;
  const files = ["0/clock", "0/drum", "1/fig", "1/alp"];
  const answers = await Promise.all(files.map(async (file) => {
    const { stdout } = await run([
      "classify",
      ...["--json", "--activation", "sigmoid", "--threshold", "0"],
      ...model,
      `${photos}/class ${file}.jpg`,
    ]);
    const found = JSON.parse(stdout).classes as {
      index: number;
      probability: number;
    }[];
    return found.toSorted((a, b) => a.index - b.index)
      .map(({ probability }) => probability);
  }));
  for (const threshold of [0.5, 0.6]) {
    const made = await run(
      [...folder.args, "--json", "--threshold", `${threshold}`, photos],
    );
    assert.equal(besidesNote(made), "");
    assert.equal(made.code, 0);
    const found = JSON.parse(made.stdout);
    assert.equal(found.images, 4);
    assert.equal(found.threshold, threshold);
    assert.equal(found.top1, undefined);
    assert.equal(found.confusion, undefined);
    assert.equal(found.metadata[0].activation.value, "sigmoid");
    assert.equal(found.labels.length, 7);
    let exact = 0;
    for (const [i, right] of LABELLED.entries()) {
      const likely = answers[i]!.flatMap((it, index) =>
        it >= threshold ? [index] : []
      );
      exact += Number(`${likely}` === `${right}`);
    }
    assert.equal(found.exactMatch, exact / 4);
    for (const [index, it] of found.labels.entries()) {
      const has = LABELLED.map((right) => right.includes(index));
      const said = answers.map((of) => of[index]! >= threshold);
      assert.equal(it.label, `class ${index}`);
      assert.equal(it.images, has.filter((it) => it).length);
      assert.equal(it.answered, said.filter((it) => it).length);
      assert.equal(it.correct, said.filter((it, i) => it && has[i]).length);
    }
    assert.equal(
      found.calibration.bins.reduce(
        (sum: number, it: { images: number }) => sum + it.images,
        0,
      ),
      4 * 7,
    );
  }
});

Deno.test("totem evaluate of a sigmoid shows a table of labels, and nothing of top-1", async () => {
  await using folder = await labelledFolder();
  const { code, stdout } = await run([...folder.args, folder.photos]);
  assert.equal(code, 0);
  assert.match(stdout, /^4 images, 1 crop, answers of 50\.0% and above$/m);
  for (const name of ["mAP", "macro F1", "micro F1", "calibration error"]) {
    assert.match(stdout, new RegExp(`^${name} +(\\d+\\.\\d%|-)$`, "m"));
  }
  assert.match(stdout, /^exact match +\d+\.0%, \d of 4$/m);
  assert.match(
    stdout,
    /^label +images +answered +right .* average precision$/m,
  );
  assert.match(stdout, /^class 3 +2 +\d /m);
  assert.doesNotMatch(stdout, /top-|taken for/);
  const table = await run(
    overriding(folder.args, ["--variant", "75,76", folder.photos]),
  );
  const [head, first] = table.stdout.split("\n");
  assert.match(head!, /^variant +input +mAP +macro F1 .* exact match +cal/);
  assert.match(first!, /^75 +75 x 75 +\d+\.\d%/);
});

Deno.test("totem evaluate --resume keeps all probabilities of a sigmoid", async () => {
  await using folder = await labelledFolder();
  const results = `${folder.path}/results.jsonl`;
  const args = [...folder.args, "--json", "--resume", results, folder.photos];
  const measured = async (args: string[]) => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, stderr);
    const { imagesPerSecond, inference: _, ...found } = JSON.parse(stdout);
    return { found, imagesPerSecond };
  };
  const { found } = await measured(args);
  const whole = await Deno.readTextFile(results);
  await Deno.writeTextFile(results, whole.slice(0, whole.length * 0.6));
  assert.deepEqual((await measured(args)).found, found);
  assert.deepEqual(await measured(args), { found, imagesPerSecond: null });
  // Another threshold needs no new run.
  const other = await measured([...args, "--threshold", "0.9"]);
  assert.equal(other.imagesPerSecond, null);
  assert.equal(other.found.threshold, 0.9);
  // Folders give one class per photo, as softmax needs.
  await Deno.remove(`${folder.photos}/labels.tsv`);
  const softmax = await run(overriding(args, ["--activation", "softmax"]));
  assert.equal(softmax.code, 1);
  assert.match(softmax.stderr, /begun with other activation: "sigmoid", now/);
});

Deno.test("totem evaluate of one label gives its accuracy and its ROC area", async () => {
  await using folder = await evaluationFolder();
  const network = randomF32Network({ classes: 1, activation: "sigmoid" });
  const { network: int8 } = await convert(network, null);
  await using file = await fileOf({ ...int8, labels: ["dog"] });
  await Deno.rename(`${folder.photos}/class 0`, `${folder.photos}/dog`);
  await Deno.rename(`${folder.photos}/class 1`, `${folder.photos}/none`);
  const args = ["evaluate", "--model", file.path];
  const { stdout, stderr } = await run([...args, folder.photos]);
  assert.equal(stderr, "");
  assert.match(stdout, /^accuracy +\d+\.0%, \d of 4$/m);
  for (
    const name of ["precision", "recall", "F1", "average precision", "ROC AUC"]
  ) {
    assert.match(stdout, new RegExp(`^${name} +(\\d+\\.\\d%|-)$`, "m"));
  }
  assert.doesNotMatch(stdout, /top-|mAP|micro|label +images/);
  const json = await run([...args, "--json", folder.photos]);
  const { labels: [dog], exactMatch } = JSON.parse(json.stdout);
  assert.equal(dog.images, 2);
  assert.equal(
    exactMatch,
    (dog.correct + 2 - (dog.answered - dog.correct)) / 4,
  );
  assert.ok(dog.rocAuc >= 0 && dog.rocAuc <= 1);
});

Deno.test("totem evaluate refuses what a model's answers have no sense for", async () => {
  await using folder = await labelledFolder();
  const { photos, path } = folder;
  const softmax = overriding(folder.args, ["--activation", "softmax"]);
  const cases: [args: string[], message: RegExp][] = [
    [
      overriding(folder.args, ["--activation", "none"]),
      /must give probabilities: it gives logits\. .*--activation softmax or/,
    ],
    [
      [...folder.args, "--svg", `${path}/a.svg`],
      /Cannot draw a confusion matrix as the model has a sigmoid/,
    ],
    [
      [...softmax, "--threshold", "0.5"],
      /Cannot use --threshold as the likeliest class is the answer/,
    ],
    // A row of the table has no class.
    [softmax, /labels\.tsv as line 3 must have a class/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await run([...args, photos]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }
});

const USAGE: [args: string[], message: RegExp][] = [
  [[], /without a FOLDER/],
  [["a", "b"], /a and b: give one FOLDER/],
  [["--crops", "10", "a"], /--crops 10\. Should be one of: 1, 12, 144/],
  [["--crops", "12", "--crop", "squash", "a"], /--crop with --crops 12: /],
  [["--variant", "full,74", "a"], /--variant 74/],
  [["--variant", "", "a"], /--variant \./],
  [["--variant", "low79,75,low79", "a"], /as it names low79 twice$/],
  [["--variant", "75,76", "--svg", "b", "a"], /--svg with several variants/],
  [["--threshold", "1.5", "a"], /--threshold 1\.5 .* from 0 to 1/],
  [["--variant", "75,76", "--resume", "b", "a"], /--resume with several/],
];

for (const [args, message] of USAGE) {
  Deno.test(`totem evaluate ${args.join(" ")} is wrong usage`, async () => {
    await assert.rejects(evaluate.run(args, unseen()), {
      name: "UsageError",
      message,
    });
  });
}
