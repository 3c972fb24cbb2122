import assert from "node:assert/strict";
import { writeSafetensors } from "../../src/weights/mod.ts";
import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { makeLayersModel, writeLayersModel } from "../layers_model.ts";
import { besidesNote, PHOTOS, totem, workFolder } from "./totem.ts";

Deno.test("totem convert makes a file that classifies as its source does", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  await Deno.writeTextFile(
    `${folder.path}/labels.txt`,
    "a\nb\nc\nd\ne\nf\ng\n",
  );
  const run = await totem([
    "convert",
    `${folder.path}/model`,
    "--out",
    out,
    "--calibrate",
    PHOTOS,
    "--labels",
    `${folder.path}/labels.txt`,
    "--license",
    "MIT",
    "--variant",
    "75",
    "--json",
  ], { permissions: ["--allow-read", `--allow-write=${folder.path}`] });
  assert.equal(besidesNote(run), "");
  assert.equal(run.code, 0);
  const { byteLength, calibration, fidelities, ...report } = JSON.parse(
    run.stdout,
  );
  assert.equal(byteLength, (await Deno.stat(out)).size);
  // Of 12 photos; the others are held out.
  assert.deepEqual(calibration, { method: "images", images: 10 });
  assert.deepEqual(fidelities.map((it: { bits: number }) => it.bits), [8, 7]);
  for (const { images, featuresCosine, layers } of fidelities) {
    assert.equal(images, 2);
    assert.ok(featuresCosine.min > 0.99);
    assert.equal(layers.length, 94 + 9);
  }

  const photo = `${PHOTOS}/drum.jpg`;
  const classify = (model: string) =>
    totem([
      "classify",
      "--json",
      ...model === out ? [] : ["--variant", "75"],
      "--top",
      "7",
      "--model",
      model,
      photo,
    ]);
  const [source, made] = [
    await classify(`${folder.path}/model`),
    await classify(out),
  ].map(({ stdout }) => JSON.parse(stdout).classes);
  for (const { label, index, probability } of made) {
    assert.equal(label, "abcdefg"[index]);
    const expected = source.find((it: { index: number }) => it.index === index);
    assert.ok(Math.abs(probability - expected.probability) < 0.02);
  }

  const verified = await totem(["verify", "--json", out]);
  assert.equal(verified.code, 0);
  const facts = JSON.parse(verified.stdout);
  assert.deepEqual(report.facts, facts.facts);
  assert.equal(facts.size, byteLength);
  assert.match(facts.sha256, /^[0-9a-f]{64}$/);
  assert.equal(facts.license, "MIT");
  assert.deepEqual(facts.labels, [..."abcdefg"]);
  assert.deepEqual(facts.facts.variant, { value: 75, from: "model" });
  assert.equal(facts.facts.crop.from, "assumed-earlier");

  const shown = await totem(["verify", out]);
  assert.match(
    shown.stdout,
    /^ {2}network .* parameters, 7 classes\n {2}input {5}75 x 75, pixels -1\.\.1 \(assumed when made\), central crop/m,
  );
  assert.match(shown.stdout, /^ {2}ranges {4}set by 10 photos$/m);
  const inspected = await totem(["inspect", "--model", out, "--json"]);
  assert.deepEqual(
    JSON.parse(inspected.stdout.trimEnd().split("\n").at(-1)!).facts,
    facts.facts,
  );
});

Deno.test("totem convert needs no photos where there is batch norm, and reports as a table", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  const args = [
    "convert",
    `${folder.path}/model`,
    "--out",
    out,
    "--evaluate",
    `${PHOTOS}/drum.jpg`,
    "--variant",
    "75",
  ];
  const permissions = ["--allow-read", `--allow-write=${folder.path}`];
  const { code, stdout } = await totem(args, { permissions });
  assert.equal(code, 0);
  assert.match(stdout, /ranges set by batch norm's statistics/);
  assert.match(stdout, /^compared with f32 on 1 other photo:$/m);
  assert.match(stdout, /^8 bits +0\.\d{5} \(0\.\d{5}\) +[01] of 1$/m);
  assert.match(stdout, /^Conv2d_1a_3x3 +-?\d+\.\d +-?\d+\.\d$/m);
});

Deno.test("totem convert counts the photos that it could read, by ones and many", async () => {
  await using folder = await workFolder();
  const permissions = ["--allow-read", `--allow-write=${folder.path}`];
  const photos = `${folder.path}/photos`;
  await Deno.mkdir(photos);
  await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/drum.jpg`);
  await Deno.writeTextFile(`${photos}/broken.jpg`, "no photo");
  const out = `${folder.path}/parts.safetensors`;
  const args = ["--calibrate", photos, "--out", out, ...folder.model.slice(2)];
  const source = folder.model[1]!;
  const run = await totem(["convert", source, ...args], { permissions });
  assert.match(run.stdout, /^ranges set by 1 photo$/m);
  const verified = await totem(["verify", out]);
  assert.match(verified.stdout, /^ {2}ranges {4}set by 1 photo$/m);
});

Deno.test("totem convert leaves nothing behind when it can't finish", async () => {
  await using folder = await workFolder();
  const permissions = ["--allow-read", `--allow-write=${folder.path}`];
  const out = `${folder.path}/model/model.json/parts.safetensors`;
  const args = ["convert", `${folder.path}/model`, "--variant", "75", "--out"];
  const absent = await totem([...args, out], { permissions });
  assert.equal(absent.code, 1);
  assert.equal(
    absent.stderr,
    `error Cannot write ${out}: a part of its path is not a folder\n`,
  );

  await Deno.mkdir(`${folder.path}/photos`);
  await Deno.writeTextFile(`${folder.path}/photos/a.jpg`, "no photo");
  const broken = await totem([
    ...args,
    `${folder.path}/parts.safetensors`,
    "--calibrate",
    `${folder.path}/photos`,
  ], { permissions });
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /a\.jpg/);
  assert.match(broken.stderr, /Cannot calibrate on no images/);

  const names = [];
  for await (const { name } of Deno.readDir(folder.path)) names.push(name);
  assert.deepEqual(names.sort(), ["model", "photos"]);
});

Deno.test("totem convert names the flag of the permission to write", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  const run = await totem(["convert", `${folder.path}/model`, "--out", out]);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /run again with --allow-write=/);
});

Deno.test("totem verify finds what is wrong with a file", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  await totem(["convert", `${folder.path}/model`, "--out", out], {
    permissions: ["--allow-read", `--allow-write=${folder.path}`],
  });
  const bytes = await Deno.readFile(out);
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ["cut", bytes.subarray(0, bytes.length - 1), /must have \d+ bytes/],
    ["long", new Uint8Array([...bytes, 0]), /bytes/],
    ["weight", bytes.with(start, 128), /"Conv2d_1a_3x3".*-128/],
    ["bit", bytes.with(start, bytes[start]! ^ 1), /its digest is/],
    ["facts", renamed(bytes, "class 3", "class 4"), /its digest is/],
    ["photo", await Deno.readFile(`${PHOTOS}/drum.jpg`), /Cannot read/],
    ["empty", new Uint8Array(), /Cannot read/],
  ];
  for (const [name, content, message] of cases) {
    await Deno.writeFile(`${folder.path}/${name}`, content);
    const run = await totem(["verify", `${folder.path}/${name}`]);
    assert.equal(run.code, 1, name);
    assert.match(run.stderr, message, name);
    assert.equal(run.stdout, "");
  }
  const whole = await totem(["verify", out]);
  assert.match(whole.stdout, /parts\.safetensors {2}sound\n/);
  const json = await totem(["verify", "--json", out]);
  assert.equal(JSON.parse(json.stdout).digest, "matches");
});

Deno.test("totem verify doesn't call a file sound that has no digest", async () => {
  await using file = await fileOf(await narrowNetwork());
  const bytes = await Deno.readFile(file.path);
  const { metadata, tensors, dataOffset } = parseHeader(bytes);
  const data = bytes.subarray(dataOffset);
  const { stream } = writeSafetensors(
    metadata,
    tensors.slice(0, -1).map(({ offset, length, ...tensor }) => ({
      ...tensor,
      data: () => data.subarray(offset, offset + length),
    })),
  );
  await Deno.writeFile(file.path, stream);
  const run = await totem(["verify", file.path]);
  assert.equal(run.code, 0);
  assert.match(run.stdout, / {2}no digest: only its structure was checked\n/);
  assert.doesNotMatch(run.stdout, /sound/);
  const json = await totem(["verify", "--json", file.path]);
  assert.equal(JSON.parse(json.stdout).digest, "none");
});

/** A file in which a text of the header is another one, as long. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const at = new TextDecoder("latin1").decode(bytes).indexOf(from);
  const copy = bytes.slice();
  copy.set(new TextEncoder().encode(to), at);
  return copy;
}

Deno.test("totem convert leaves the file there was when the model's weights aren't sound", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  const convert = () =>
    totem(["convert", `${folder.path}/model`, "--out", out], {
      permissions: ["--allow-read", `--allow-write=${folder.path}`],
    });
  assert.equal((await convert()).code, 0);
  const before = await Deno.readFile(out);

  for (
    const [tensor, value] of [
      ["batch_normalization_10/beta", NaN],
      ["dense_95/kernel", NaN],
      // A finite weight, whose product with its layer's range isn't.
      ["conv2d_10/kernel", 3e38],
    ] as const
  ) {
    const model = makeLayersModel({ shardBytes: 2 ** 24 });
    const [group] = model.modelJson.weightsManifest;
    let at = 0;
    for (const { name, shape } of group!.weights) {
      if (name === tensor) break;
      at += shape.reduce((a, b) => a * b, 1);
    }
    const [bytes] = [...model.shards.values()];
    new Float32Array(bytes!.buffer)[at] = value;
    await writeLayersModel(model, `${folder.path}/model`);
    const run = await convert();
    assert.equal(run.code, 1);
    assert.match(run.stderr, /finite|fit f32/);
    assert.deepEqual(await Deno.readFile(out), before);
    assert.equal((await totem(["verify", out])).code, 0);
  }
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), ["model", "parts.safetensors"]);
});

Deno.test("totem convert says that int8 weights can't be converted again", async () => {
  await using folder = await workFolder();
  const first = `${folder.path}/first.safetensors`;
  const permissions = ["--allow-read", `--allow-write=${folder.path}`];
  const made = ["convert", `${folder.path}/model`, "--out", first];
  assert.equal((await totem(made, { permissions })).code, 0);
  const again = [
    "convert",
    first,
    "--out",
    `${folder.path}/second.safetensors`,
  ];
  const { code, stderr } = await totem(again, { permissions });
  assert.equal(code, 1);
  assert.match(stderr, /first\.safetensors as its weights are int8 already/);
});

Deno.test({
  name: "totem verify doesn't wait for a pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await workFolder();
    const pipe = `${folder.path}/pipe.safetensors`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const { code, stderr } = await totem(["verify", pipe]);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot verify .*pipe\.safetensors: it is a pipe/);
  },
});
