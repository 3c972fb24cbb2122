import assert from "node:assert/strict";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { cosine } from "../../src/cosine.ts";
import { convert as convertNetwork } from "../../src/convert/mod.ts";
import {
  KNOWN_MODELS,
  type KnownModel,
} from "../../src/weights/known_models.ts";
import { loadNetwork, readNetwork } from "../../src/weights/mod.ts";
import { IMAGENET_PREPROCESSING } from "../../src/weights/torchvision.ts";
import { unpackModels } from "../weights/real_files.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import {
  importModel,
  makeLayersModel,
  NARROW,
  writeLayersModel,
} from "../layers_model.ts";
import { run } from "./in_process.ts";
import { overriding } from "./overriding.ts";
import { testInDeno, testOnce as test } from "./program.ts";
import { besidesNote, PHOTOS, totem, workFolder } from "./totem.ts";

test("totem convert takes a known model from the cache, unless options change it", async () => {
  await using folder = await temporaryFolder();
  const cache = { env: { TOTEM_CACHE: `${folder.path}/cache` } };
  const models = KNOWN_MODELS as Record<string, KnownModel>;
  const published = models.nsfw!;
  const network = await importModel();
  let loads = 0;
  const made = async (name: string, ...options: readonly string[]) => {
    const out = `${folder.path}/${name}.safetensors`;
    const args = ["convert", "nsfw", "--out", out, ...options];
    const { code, stderr } = await run(args, cache);
    assert.equal(code, 0, stderr);
    return await Deno.readFile(out);
  };
  models.nsfw = {
    ...published,
    load() {
      loads++;
      return Promise.resolve(network);
    },
  };
  try {
    const first = await made("first");
    assert.deepEqual(await made("second"), first);
    assert.equal(loads, 1);
    // Other options require a conversion from the f32 weights.
    await made("other", "--license", published.license);
    assert.equal(loads, 2);
  } finally {
    models.nsfw = published;
  }
});

Deno.test("totem convert makes a file that classifies as its source does", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  await Deno.writeTextFile(
    `${folder.path}/labels.txt`,
    "a\nb\nc\nd\ne\nf\ng\n",
  );
  const made = await run([
    "convert",
    `${folder.path}/model`,
    "--out",
    out,
    "--calibrate",
    `${PHOTOS}/*.jpg`,
    "--labels",
    `${folder.path}/labels.txt`,
    "--license",
    "MIT",
    "--variant",
    "75",
    "--json",
  ]);
  assert.equal(besidesNote(made), "");
  assert.equal(made.code, 0);
  const { byteLength, calibration, fidelities, ...report } = JSON.parse(
    made.stdout,
  );
  assert.equal(byteLength, (await Deno.stat(out)).size);
  // 10 of 12 photos; the others are held out.
  assert.deepEqual(calibration, { method: "images", images: 10 });
  assert.deepEqual(fidelities.map((it: { bits: number }) => it.bits), [8, 7]);
  for (const { images, featuresCosine, layers } of fidelities) {
    assert.equal(images, 2);
    assert.ok(featuresCosine.min > 0.99);
    assert.equal(layers.length, 94 + 9);
  }

  const photo = `${PHOTOS}/drum.jpg`;
  const classify = (model: string) =>
    run([
      "classify",
      "--json",
      ...model === out ? [] : ["--variant", "75"],
      "--top",
      "7",
      "--model",
      model,
      photo,
    ]);
  const [source, classified] = [
    await classify(`${folder.path}/model`),
    await classify(out),
  ].map(({ stdout }) => JSON.parse(stdout).classes);
  for (const { label, index, probability } of classified) {
    assert.equal(label, "abcdefg"[index]);
    const expected = source.find((it: { index: number }) => it.index === index);
    assert.ok(Math.abs(probability - expected.probability) < 0.02);
  }

  const verified = await run(["verify", "--json", out]);
  assert.equal(verified.code, 0);
  const metadata = JSON.parse(verified.stdout);
  assert.deepEqual(report.metadata, metadata.metadata);
  assert.equal(metadata.size, byteLength);
  assert.match(metadata.sha256, /^[0-9a-f]{64}$/);
  assert.equal(metadata.license, "MIT");
  assert.deepEqual(metadata.labels, [..."abcdefg"]);
  assert.deepEqual(metadata.metadata.variant, { value: 75, from: "model" });
  assert.equal(metadata.metadata.crop.from, "assumed-earlier");

  const shown = await run(["verify", out]);
  assert.match(
    shown.stdout,
    /^ {2}network .* parameters, 7 classes\n {2}input {5}75 x 75, pixels -1\.\.1 \(assumed when made\), central crop/m,
  );
  assert.match(shown.stdout, /^ {2}ranges {4}set by 10 photos$/m);
  const inspected = await run(["inspect", "--model", out, "--json"]);
  assert.deepEqual(
    JSON.parse(inspected.stdout.trimEnd().split("\n").at(-1)!).metadata,
    metadata.metadata,
  );
});

test("totem convert writes the activation that is asked for into its file", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/labels.safetensors`;
  const made = await run([
    "convert",
    `${folder.path}/model`,
    ...["--out", out, "--activation", "sigmoid", "--variant", "75", "--json"],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const { metadata } = JSON.parse(made.stdout);
  assert.deepEqual(metadata.activation, { value: "sigmoid", from: "model" });
  const photo = `${PHOTOS}/drum.jpg`;
  const classes = async (...args: string[]) => {
    const all = ["classify", "--json", "--threshold", "0", ...args, photo];
    const { code, stdout, stderr } = await run(all);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).classes as {
      label: string;
      probability: number;
    }[];
  };
  const [int8, f32] = await Promise.all([
    classes("--model", out),
    classes(...folder.model, "--activation", "sigmoid"),
  ]);
  assert.equal(int8.length, 7);
  for (const { label, probability } of int8) {
    const expected = f32.find((it) => it.label === label)!.probability;
    assert.ok(Math.abs(probability - expected) < 0.1);
  }
  // The weights don't depend on the activation.
  const softmax = await classes(
    ...["--model", out, "--activation", "softmax", "--top", "7"],
  );
  const sum = softmax.reduce((sum, it) => sum + it.probability, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5);
  const shown = await run(["inspect", "--model", out]);
  assert.match(shown.stdout, /^output .*mean pooling, sigmoid \(a probab/m);
  const asked = await run(
    ["inspect", "--model", out, "--activation", "none"],
  );
  assert.match(asked.stdout, /^output .*, logits \(asked for\)$/m);
});

test("totem convert makes two classes of a sigmoid of one output with two names", async () => {
  await using folder = await workFolder();
  const source = `${folder.path}/one`;
  await Deno.mkdir(source);
  const model = makeLayersModel({ architecture: { ...NARROW, classes: 1 } });
  await writeLayersModel(model, source);
  await Deno.writeTextFile(`${folder.path}/labels.txt`, "cat\ndog\n");
  const out = `${folder.path}/pets.safetensors`;
  const args = ["convert", source, "--out", out, "--variant", "75"];
  const refused = await run(args);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is always 100%\. .*--activation sigmoid/);
  const made = await run([
    ...args,
    ...["--activation", "sigmoid", "--labels", `${folder.path}/labels.txt`],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const photo = `${PHOTOS}/drum.jpg`;
  const { stdout } = await run(["classify", "--json", "--model", out, photo]);
  const { classes } = JSON.parse(stdout);
  assert.deepEqual(
    classes.map(({ label }: { label: string }) => label).sort(),
    ["cat", "dog"],
  );
  const one = await run(
    ["classify", "--json", "--model", source, "--variant", "75"].concat(
      ["--activation", "sigmoid", "--threshold", "0", photo],
    ),
  );
  const [{ probability }] = JSON.parse(one.stdout).classes;
  const dog = classes.find((it: { label: string }) => it.label === "dog");
  assert.ok(Math.abs(dog.probability - probability) < 0.1);
});

test("totem convert needs no photos where there is batch norm, and reports as a table", async () => {
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
  assert.match(stdout, /ranges set by batch norm statistics/);
  assert.match(stdout, /^compared with f32 on 1 other photo:$/m);
  assert.match(stdout, /^8 bits +0\.\d{5} \(0\.\d{5}\) +[01] of 1$/m);
  assert.match(stdout, /^1 photo is too few to judge by: give --evaluate /m);
  assert.match(stdout, /dB \(--json has all\):\nlayer .*\n(.*\d\.\d\n){5}$/);
});

test("totem convert tells compared photos that set the ranges, whatever their names", async () => {
  await using folder = await workFolder();
  const [ranges, compared] = [`${folder.path}/a`, `${folder.path}/b`];
  await Deno.mkdir(ranges);
  await Deno.mkdir(compared);
  const copy = (name: string, to: string) =>
    Deno.copyFile(`${PHOTOS}/${name}.jpg`, to);
  await copy("drum", `${ranges}/drum.jpg`);
  await copy("drum", `${compared}/same.jpg`);
  await copy("fig", `${compared}/fig.jpg`);
  // It sets no range and isn't compared.
  await Deno.writeTextFile(`${ranges}/broken.jpg`, "no photo");
  await Deno.writeTextFile(`${compared}/broken.jpg`, "no photo");
  const args = [
    ...["convert", folder.model[1]!, "--calibrate", ranges, "--evaluate"],
    ...[compared, "--out", `${folder.path}/out.safetensors`],
    ...folder.model.slice(2),
  ];
  const { stdout } = await run(args);
  assert.match(
    stdout,
    /^compared with f32 on 2 photos, of which 1 set the ranges: agreement/m,
  );
  const json = await run([...args, "--json"]);
  assert.equal(JSON.parse(json.stdout).comparedThatSetRanges, 1);
  const other = await run(
    overriding(args, ["--evaluate", `${compared}/fig.jpg`]),
  );
  assert.match(other.stdout, /^compared with f32 on 1 other photo:$/m);
});

test("totem convert counts the photos that it could read, by ones and many", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  await Deno.mkdir(photos);
  await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/drum.jpg`);
  await Deno.writeTextFile(`${photos}/broken.jpg`, "no photo");
  const out = `${folder.path}/parts.safetensors`;
  const args = ["--calibrate", photos, "--out", out, ...folder.model.slice(2)];
  const source = folder.model[1]!;
  const made = await run(["convert", source, ...args]);
  assert.equal(made.code, 0);
  assert.match(made.stderr, /^left out .*broken\.jpg/m);
  assert.match(made.stdout, /^ranges set by 1 photo$/m);
  assert.match(made.stdout, /^not compared with f32: .* or 5 photos or more/m);
  const verified = await run(["verify", out]);
  assert.match(verified.stdout, /^ {2}ranges {4}set by 1 photo$/m);
});

Deno.test("totem convert leaves nothing behind when it can't finish", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/model/model.json/parts.safetensors`;
  const args = ["convert", `${folder.path}/model`, "--variant", "75", "--out"];
  const absent = await run([...args, out]);
  assert.equal(absent.code, 1);
  assert.equal(
    absent.stderr,
    `error Cannot write ${out}: a part of its path is not a folder\n`,
  );

  await Deno.mkdir(`${folder.path}/photos`);
  await Deno.writeTextFile(`${folder.path}/photos/a.jpg`, "no photo");
  const broken = await run([
    ...args,
    `${folder.path}/parts.safetensors`,
    "--calibrate",
    `${folder.path}/photos`,
  ]);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /a\.jpg/);
  assert.match(
    broken.stderr,
    /Cannot calibrate as none of the photos in .*\/photos can be read/,
  );

  const names = [];
  for await (const { name } of Deno.readDir(folder.path)) names.push(name);
  assert.deepEqual(names.sort(), ["model", "photos"]);
});

testInDeno(
  "totem convert names the flag of the permission to write",
  async () => {
    await using folder = await workFolder();
    const out = `${folder.path}/parts.safetensors`;
    const refused = await totem([
      "convert",
      `${folder.path}/model`,
      "--out",
      out,
    ]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /run again with --allow-write=/);
  },
);

test("totem convert leaves the file there was when the model's weights aren't sound", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  await Deno.writeTextFile(out, "what was there");
  const model = makeLayersModel({ shardBytes: 2 ** 24 });
  const [group] = model.modelJson.weightsManifest;
  let at = 0;
  for (const { name, shape } of group!.weights) {
    if (name === "batch_normalization_10/beta") break;
    at += shape.reduce((a, b) => a * b, 1);
  }
  const [bytes] = [...model.shards.values()];
  new Float32Array(bytes!.buffer)[at] = NaN;
  await writeLayersModel(model, `${folder.path}/model`);
  const made = await run(["convert", `${folder.path}/model`, "--out", out]);
  assert.equal(made.code, 1);
  assert.match(made.stderr, /finite/);
  assert.equal(await Deno.readTextFile(out), "what was there");
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), ["model", "parts.safetensors"]);
});

test("totem convert writes how photos enter the network, as options say it", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/parts.safetensors`;
  const asked = [
    ...["--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"],
    ...["--crop", "90:75", "--resize", "bicubic"],
  ];
  const [source, small] = [`${folder.path}/model`, ["--variant", "75"]];
  const made = await run(
    ["convert", source, ...small, ...asked, "--out", out, "--json"],
  );
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  const { metadata } = JSON.parse(made.stdout);
  assert.deepEqual(metadata.crop.value, { kind: "resize", to: 90, size: 75 });
  const verified = await run(["verify", "--json", out]);
  const written = JSON.parse(verified.stdout).metadata;
  assert.deepEqual(written.pixels.value, metadata.pixels.value);
  for (const name of ["pixels", "crop", "resize"]) {
    assert.equal(written[name].from, "model");
  }
  // The weights are for these pixel values, too.
  const { scale, offset } = IMAGENET_PREPROCESSING;
  const { network } = await convertNetwork(
    await loadNetwork(source, { preprocessing: { scale, offset } }),
    null,
  );
  assert.deepEqual(
    (await readNetwork((await Deno.open(out)).readable))
      .quantized("Conv2d_1a_3x3"),
    network.quantized("Conv2d_1a_3x3"),
  );

  const features = async (...args: string[]) => {
    const made = await run(
      ["features", ...args, `${PHOTOS}/drum.jpg`, `${PHOTOS}/fig.jpg`],
    );
    assert.equal(made.code, 0, made.stderr);
    const [a, b] = made.stdout.trimEnd().split("\n");
    return [a!, b!].map((it) => JSON.parse(it).features as number[]);
  };
  const written8 = await features("--model", out);
  const f32 = await features("--model", source, ...small, ...asked);
  const other = await features("--model", source, ...small);
  for (const i of [0, 1]) {
    const near = 1 - cosine(written8[i]!, f32[i]!);
    const far = 1 - cosine(written8[i]!, other[i]!);
    assert.ok(near < 0.01 && near < far, `${near} and ${far}`);
  }
});

test("totem convert says that int8 weights can't be converted again", async () => {
  await using file = await fileOf(await narrowNetwork());
  const args = [
    "convert",
    file.path,
    "--out",
    `${file.path}.second.safetensors`,
  ];
  const { code, stderr } = await run(args);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /\.safetensors as its weights are int8 already, and the original ones are gone: convert the original model$/m,
  );
});

for (const ending of [".onnx", ".tflite"]) {
  test(`totem convert writes a ${ending} with its source's weights`, async () => {
    await using folder = await workFolder();
    const out = `${folder.path}/parts${ending}`;
    const args = ["convert", `${folder.path}/model`, "--variant", "75"];
    const made = await run([...args, "--out", out, "--json"]);
    assert.equal(besidesNote(made), "");
    assert.equal(made.code, 0);
    const { byteLength, weights, input } = JSON.parse(made.stdout);
    assert.equal(byteLength, (await Deno.stat(out)).size);
    assert.deepEqual([weights, input.type], ["f32", "float32"]);
    assert.equal((await loadNetwork(out)).variant, 75);

    const totemFile = `${folder.path}/parts.safetensors`;
    assert.equal((await run([...args, "--out", totemFile])).code, 0);
    const small = await run(["convert", totemFile, "--out", out]);
    assert.equal(small.code, 0);
    assert.match(
      small.stdout,
      /\nweights: int8\ninput: input, .* of uint8: R, G and B of 0\.\.255\nphoto: central crop, antialiased resize\noutput: features, /,
    );
    assert.match(
      small.stdout,
      /\nin its metadata: totem\.preprocessing \(crop and resize\)$/m,
    );
    // The written file is also readable.
    const [again, source] = await Promise.all(
      [out, totemFile].map((it) => loadNetwork(it)),
    );
    assert.deepEqual(again!.labels, source!.labels);
    assert.deepEqual(again!.architecture.classes, 7);
    const labels = `${folder.path}/names.txt`;
    await Deno.writeTextFile(labels, "a\nb\nc\nd\ne\nf\ng\n");
    const named = await run([...args, "--out", out, "--labels", labels]);
    assert.match(
      named.stdout,
      /\nin its metadata: totem\.preprocessing .*, totem\.labels \(names\)$/m,
    );

    const refused = await run([...args, "--out", out, "--license", "MIT"]);
    assert.match(
      refused.stderr,
      /Cannot use --license with --out .* as weights/,
    );
    assert.equal(refused.code, 2);
  });
}

test("totem convert names the endings that it writes", async () => {
  await using folder = await workFolder();
  const args = [`${folder.path}/model`, "--out", `${folder.path}/parts.pb`];
  const { code, stderr } = await run(["convert", ...args]);
  assert.match(stderr, /must end in .safetensors, .onnx or .tflite/);
  assert.equal(code, 2);
});

test("totem convert states the licence that lies beside a model, and no folder", async () => {
  await using folder = await temporaryFolder();
  const hub = `${folder.path}/hub`;
  await Deno.mkdir(hub);
  await unpackModels("timm/hub", hub);
  const out = `${folder.path}/int8.safetensors`;
  const stated = async (...args: string[]) => {
    const { code, stderr } = await run(["convert", hub, "--out", out, ...args]);
    assert.equal(code, 0, stderr);
    const { stdout } = await run(["verify", out, "--json"]);
    const { source, license } = JSON.parse(stdout);
    return { source, license };
  };
  assert.deepEqual(await stated(), { source: "hub", license: "apache-2.0" });
  assert.equal((await stated("--license", "MIT")).license, "MIT");
});
