import assert from "node:assert/strict";
import { adapt } from "../../src/cli/adapt.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { namesIn } from "../weights/store/temporary_folder.ts";
import { run, unseen } from "./in_process.ts";
import { overriding } from "./overriding.ts";
import { besidesNote, PHOTOS, totem, workFolder } from "./totem.ts";

Deno.test("totem adapt makes a model that totem classify runs, and names what it can't read", async () => {
  await using work = await photoFolder("alp", "bridge", "drum");
  await Deno.writeTextFile(`${work.photos}/broken.jpg`, "no photo");
  const out = `${work.path}/low.safetensors`;
  const made = await work.adaptApart("--out", out);
  assert.equal(made.code, 1); // One photo is broken.
  assert.match(
    besidesNote(made),
    /^error .*broken\.jpg: .*\n$/,
  );
  const [file, photos, before, batchNorm] = made.stdout.split("\n");
  assert.match(file!, /low\.safetensors: 0\.\d MB$/);
  assert.match(
    photos!,
    /^adapted by 2 photos; cosine to the features at \d+ pixels, on 1 other photo:$/,
  );
  assert.match(before!, /^[01]\.\d{4} {2}before$/);
  assert.match(batchNorm!, /^[01]\.\d{4} {2}after(, which is no better: |$)/);

  const classify = await run([
    "classify",
    "--json",
    "--model",
    out,
    `${PHOTOS}/clock.jpg`,
  ]);
  assert.equal(classify.stderr, "");
  const { classes } = JSON.parse(classify.stdout);
  assert.equal(classes.length, 5);
});

Deno.test("totem adapt reports as JSON, and keeps a sigmoid", async () => {
  await using work = await photoFolder("alp", "bridge");
  const out = `${work.path}/low.safetensors`;
  const made = await work.adapt(
    ...["--out", out, "--batch-norm", "0", "--activation", "sigmoid"],
    ...["--variant", "75", "--json"],
  );
  assert.deepEqual([besidesNote(made), made.code], ["", 0]);
  const { byteLength, heldOut, cosine } = JSON.parse(made.stdout);
  assert.equal(byteLength, (await Deno.stat(out)).size);
  assert.equal(heldOut, 1);
  assert.equal(cosine.batchNorm, cosine.before);
  const { stdout } = await run(["inspect", "--model", out]);
  assert.match(stdout, /^output .*mean pooling, sigmoid/m);
});

Deno.test("totem adapt refuses what it can't adapt, and leaves nothing", async () => {
  await using work = await photoFolder("alp", "bridge");
  await using int8 = await fileOf(await narrowNetwork());
  await Deno.mkdir(`${work.path}/empty`);
  const before = await namesIn(work.path);
  const out = ["--out", `${work.path}/low.safetensors`];
  const cases: [args: string[], message: RegExp][] = [
    [["--images", `${work.path}/empty`], /empty: no image in this folder/],
    [
      ["--images", `${work.path}/none`],
      /none: there is no such file or folder/,
    ],
    [["--images", `${work.photos}/alp.jpg`], />= 2 photos, .*: there is 1/],
    [["--variant", "full"], /full .*there is nothing to adapt/],
  ];
  for (const [args, message] of cases) {
    const made = await work.adapt(...out, ...args);
    assert.deepEqual([made.code, made.stdout], [1, ""]);
    assert.match(made.stderr, message);
  }
  const rounded = await run(
    ["adapt", int8.path, "--images", work.photos, ...out],
  );
  assert.equal(rounded.code, 1);
  assert.match(
    rounded.stderr,
    /int8 already, .*adapt the original model/,
  );
  assert.deepEqual(await namesIn(work.path), before);
});

Deno.test("totem adapt tells wrong usage before anything is read", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["m", "--images", "p"], /without --out FILE/],
    [["m", "--out", "x"], /without --images PATH/],
    [["--images", "p", "--out", "x"], /without a SOURCE/],
    [["m", "--variant", "74"], /--variant 74/],
    [["m", "--batch-norm=-1"], /--batch-norm -1 .*from 0 to 1$/],
    [["m", "--batch-norm", "1.5"], /--batch-norm 1\.5/],
  ];
  for (const [args, message] of cases) {
    const isWhole = args.some((it) => ["--images", "--out"].includes(it));
    const all = isWhole ? args : [...args, "--images", "p", "--out", "x"];
    await assert.rejects(adapt.run(all, unseen()), {
      name: "UsageError",
      message,
    });
  }
});

/** A narrow f32 model, and photos. */
async function photoFolder(...names: string[]) {
  const work = await workFolder();
  const photos = `${work.path}/photos`;
  await Deno.mkdir(photos);
  for (const name of names) {
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, `${photos}/${name}.jpg`);
  }
  const command = ["adapt", `${work.path}/model`, "--images", photos];
  return {
    ...work,
    photos,
    adapt: (...args: string[]) => run(overriding(command, args)),
    /** In a process with permission to read anything, and to write to the folder. */
    adaptApart: (...args: string[]) =>
      totem(overriding(command, args), {
        permissions: ["--allow-read", `--allow-write=${work.path}`],
      }),
  };
}
