import assert from "node:assert/strict";
import { finetune } from "../../src/cli/finetune.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { namesIn, temporaryFolder } from "../weights/store/temporary_folder.ts";
import { run, unseen } from "./in_process.ts";
import { overriding } from "./overriding.ts";
import { PHOTOS, totem } from "./totem.ts";

const SMALL = ["--variant", "75", "--threads", "1", "--augmentations", "2"];

Deno.test("totem finetune makes a model that totem classify runs", async () => {
  await using work = await classFolders();
  await Deno.writeTextFile(`${work.photos}/land/broken.jpg`, "no photo");
  const out = `${work.path}/own.safetensors`;
  const svg = `${work.path}/own.svg`;
  const made = await work.finetuneApart(
    ...["--out", out, "--svg", svg, "--validation-split", "0.5"],
  );
  assert.equal(made.code, 1); // One photo is broken.
  assert.match(made.stderr, /^error .*land\/broken\.jpg: .*\n$/);
  assert.match(
    made.stdout,
    /own\.safetensors: 0\.\d MB\n2 classes, learnt from 8 views/,
  );
  assert.match(made.stdout, /^class +images +right/m);
  assert.match(made.stdout, /^all +2 /m);
  assert.match(made.stdout, /^2 photos are too few to judge by\n\nclass /m);
  assert.match(
    await Deno.readTextFile(svg),
    /^<svg [^]*of the photos held out/,
  );

  const classify = await run([
    "classify",
    "--json",
    "--model",
    out,
    `${PHOTOS}/drum.jpg`,
  ]);
  assert.equal(classify.code, 0);
  const { classes } = JSON.parse(classify.stdout);
  assert.deepEqual(
    classes.map((it: { label: string }) => it.label).sort(),
    ["land", "things"],
  );
});

Deno.test("a head taught at a size answers alike with and without --variant", async () => {
  await using work = await classFolders();
  const out = `${work.path}/own.safetensors`;
  assert.equal((await work.finetune("--out", out)).code, 0);
  const classify = async (...args: string[]) => {
    const made = await run(
      ["classify", "--json", "--quiet", "--model", out, ...args],
    );
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    return made.stdout;
  };
  const photos = `${PHOTOS}/d*.jpg`;
  const answers = await classify(photos);
  assert.equal(await classify("--variant", "75", photos), answers);
  assert.notEqual(await classify("--variant", "low79", photos), answers);
});

Deno.test("totem finetune measures with a validation folder, and reports as JSON", async () => {
  await using work = await classFolders();
  const validation = `${work.path}/validation`;
  await Deno.mkdir(`${validation}/things`, { recursive: true });
  await Deno.copyFile(`${PHOTOS}/clock.jpg`, `${validation}/things/clock.jpg`);
  const out = `${work.path}/own.safetensors`;
  const args = ["--out", out, "--validation", validation, "--json"];
  const made = await work.finetune(
    ...args,
    "--epochs",
    "2",
    "--hidden-units",
    "4",
  );
  assert.equal(made.stderr, "");
  assert.equal(made.code, 0);
  const report = JSON.parse(made.stdout);
  assert.equal(report.views, 12);
  assert.deepEqual(report.classes, ["land", "things"]);
  assert.equal(report.epochs.length, 2);
  assert.equal(report.byteLength, (await Deno.stat(out)).size);
  const { confusion } = report.heldOut;
  assert.deepEqual(confusion.slice(0, 2), [0, 0]);
  assert.equal(confusion[2] + confusion[3], 1);

  await Deno.rename(`${validation}/things`, `${validation}/others`);
  const other = await work.finetune(...args);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /class "others".*none of that name/);
});

Deno.test("totem finetune refuses folders without two classes of photos, and leaves nothing", async () => {
  await using work = await classFolders();
  const out = `${work.path}/own.safetensors`;
  const before = await namesIn(work.path);
  await Deno.mkdir(`${work.photos}/empty`);
  const empty = await work.finetune("--out", out);
  assert.match(empty.stderr, /photos\/empty: no image in this folder/);

  await Deno.remove(`${work.photos}/empty`);
  await Deno.remove(`${work.photos}/land`, { recursive: true });
  const one = await work.finetune("--out", out);
  assert.match(one.stderr, />= 2 classes to tell apart: there is 1, "things"/);

  await Deno.remove(`${work.photos}/things`, { recursive: true });
  const none = await work.finetune("--out", out);
  assert.match(none.stderr, /Cannot find classes in .*photos/);

  await Deno.mkdir(`${work.photos}/a`);
  await Deno.mkdir(`${work.photos}/b`);
  await Deno.writeTextFile(`${work.photos}/a/a.jpg`, "no photo");
  await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${work.photos}/b/drum.jpg`);
  const broken = await work.finetune("--out", out);
  assert.match(
    broken.stderr,
    /a\.jpg: .*\nerror Cannot learn "a" as it has no photo/,
  );

  for (const { code, stdout } of [empty, one, none, broken]) {
    assert.deepEqual([code, stdout], [1, ""]);
  }
  assert.deepEqual(await namesIn(work.path), before);
});

Deno.test("totem finetune says before it begins that it can't write", async () => {
  await using work = await classFolders();
  const folder = await work.finetune("--out", work.path);
  assert.equal(folder.code, 1);
  assert.match(folder.stderr, /: it is a folder/);
  const denied = await work.finetuneApart(
    "--out",
    "/x/y.safetensors",
    "--model",
    "/absent",
  );
  assert.equal(denied.code, 1);
  assert.match(denied.stderr, /run again with --allow-write=\/x$/m);
});

Deno.test("totem finetune tells wrong usage before anything is read", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["photos"], /without --out FILE/],
    [["--out", "x"], /without a FOLDER/],
    [
      ["p", "--out", "x", "--label-smoothing", "1"],
      /--label-smoothing 1 .* number >= 0 and < 1$/,
    ],
    [
      ["p", "--out", "x", "--validation-split=-0.1"],
      /--validation-split -0\.1/,
    ],
    [["p", "--out", "x", "--dropout", "half"], /--dropout half/],
    [["p", "--out", "x", "--learning-rate", "0"], /--learning-rate 0 .*> 0/],
    [["p", "--out", "x", "--augmentations", "0"], /--augmentations 0/],
    [["p", "--out", "x", "--variant", "1025"], /for <= 1024 pixels a side/],
    [["p", "--out", "x", "--optimizer", "sgd"], /one of: rmsprop, adam/],
    [
      ["p", "--out", "x", "--validation-split", "0.1", "--validation", "q"],
      /--validation-split with --validation/,
    ],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(finetune.run(args, unseen()), {
      name: "UsageError",
      message,
    });
  }
});

Deno.test("totem finetune wants int8 features, and says how to get them", async () => {
  await using work = await classFolders();
  const model = `${work.path}/model`;
  await Deno.mkdir(model);
  await writeLayersModel(makeLayersModel(), model);
  const made = await work.finetune(
    "--out",
    `${work.path}/x.safetensors`,
    "--model",
    model,
  );
  assert.equal(made.code, 1);
  assert.match(made.stderr, /its weights are f32: totem convert makes a file/);
});

/** Three photos each of things and of land, and a small model. */
async function classFolders() {
  const folder = await temporaryFolder();
  const file = await fileOf(await narrowNetwork());
  const photos = `${folder.path}/photos`;
  const classes = {
    land: ["alp", "bridge", "sunset"],
    things: ["drum", "fig", "paintbrush"],
  };
  for (const [label, names] of Object.entries(classes)) {
    await Deno.mkdir(`${photos}/${label}`, { recursive: true });
    for (const name of names) {
      const jpeg = `${name}.jpg`;
      await Deno.copyFile(`${PHOTOS}/${jpeg}`, `${photos}/${label}/${jpeg}`);
    }
  }
  const command = ["finetune", photos, "--model", file.path, ...SMALL];
  return {
    path: folder.path,
    photos,
    finetune: (...args: string[]) => run(overriding(command, args)),
    /** In a process with permission to read anything, and to write to the folder. */
    finetuneApart: (...args: string[]) =>
      totem(overriding(command, args), {
        permissions: ["--allow-read", `--allow-write=${folder.path}`],
      }),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}
