/** The CSV and TSV output of commands, compared with their JSON. */
import assert from "node:assert/strict";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { run } from "./in_process.ts";
import { photoFolder } from "./indexed_folder.ts";
import { parseTable } from "./parse_csv.ts";
import { PHOTOS, type Run, workFolder } from "./totem.ts";

/** The results of one command line in each format. */
async function formatsOf(args: readonly string[], code = 0) {
  const of = async (format: string): Promise<Run> => {
    const made = await run([...args, "--format", format]);
    assert.equal(made.code, code, made.stderr);
    return made;
  };
  const csv = (await of("csv")).stdout;
  const rows = parseTable(csv);
  assert.equal(
    (await of("tsv")).stdout,
    [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
      .map((row) => `${row.join("\t")}\n`).join(""),
  );
  const { stdout } = await of("json");
  assert.equal((await run([...args, "--json"])).stdout, stdout);
  const lines = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  return { rows, lines };
}

Deno.test("totem features --format csv has a column for each feature", async () => {
  await using folder = await workFolder();
  const bad = `${folder.path}/bad.jpg`;
  await Deno.writeTextFile(bad, "no image");
  const files = ["gone.jpg", `${PHOTOS}/drum.jpg`, bad, `${PHOTOS}/fig.jpg`];
  const args = ["features", ...folder.model, ...files];
  const { rows, lines } = await formatsOf(args, 1);
  const width = lines[1].features.length;
  assert.deepEqual(rows.map((it) => it.file), files);
  for (const [i, { file, error, features }] of lines.entries()) {
    const { file: name, error: fault, ...values } = rows[i]!;
    assert.deepEqual([name, fault], [file, error ?? ""]);
    assert.deepEqual(
      values,
      Object.fromEntries(
        Array.from({ length: width }, (_, k) => [
          ...[`f${k}`, features === undefined ? "" : `${features[k]}`],
        ]),
      ),
    );
  }
  const none = await run(["features", "--format", "csv", "gone.jpg"]);
  assert.equal(none.code, 1);
  assert.deepEqual(Object.keys(parseTable(none.stdout)[0]!), ["file", "error"]);
});

Deno.test("totem features --format npy is --npy, and no other form with it", async () => {
  await using folder = await workFolder();
  const args = ["features", ...folder.model, `${PHOTOS}/drum.jpg`];
  const short = await run([...args, "--npy"]);
  const long = await run([...args, "--format", "npy"]);
  assert.deepEqual(long.stdoutBytes, short.stdoutBytes);
  for (
    const [options, message] of [
      [["--format", "csv", "--npy"], /Cannot use --npy with --format csv/],
      [["--json", "--npy"], /Cannot use --npy with --format json/],
      [["--format", "text"], /Should be one of: json, csv, tsv, npy/],
      [["--resume", "a.npy"], /Cannot use --resume FILE without --npy/],
    ] as const
  ) {
    const { code, stderr } = await run([...args, ...options]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

Deno.test("totem search --format csv has a row for each image found", async () => {
  await using work = await photoFolder();
  await work.index();
  const photo = `${PHOTOS}/alp.jpg`;
  const args = ["search", photo, "--index", work.out, ...work.model];
  const { rows, lines } = await formatsOf(args);
  assert.equal(rows.length, 3);
  assert.deepEqual(
    rows,
    lines.map(({ file, similarity }, i) => ({
      ...{ rank: `${i + 1}`, file, similarity: `${similarity}` },
    })),
  );
});

Deno.test("totem inspect --format csv has a row for each layer, network or form", async () => {
  const { rows, lines } = await formatsOf(["inspect"]);
  const total = lines.pop();
  assert.equal(rows.length, lines.length);
  const sum = rows.reduce((sum, it) => sum + Number(it.multiplyAdds), 0);
  assert.equal(sum, total.multiplyAdds);
  assert.deepEqual(rows[0], {
    ...{ layer: "Conv2d_1a_3x3", kind: "conv 3x3 / 2" },
    ...{ height: "149", width: "149", channels: "32" },
    multiplyAdds: `${lines[0].multiplyAdds}`,
    parameters: `${lines[0].parameters}`,
  });
  const last = rows.at(-1)!;
  assert.deepEqual([last.height, last.channels], ["1", "1000"]);

  const compared = await formatsOf(["inspect", "--compare"]);
  assert.deepEqual(
    compared.rows.map(({ network, input, multiplyAdds }) => [
      ...[network, input, multiplyAdds],
    ]),
    compared.lines.map(({ name, input, multiplyAdds }) => [
      ...[name, input.join(" x "), `${multiplyAdds}`],
    ]),
  );
  const rewritten = await formatsOf(["inspect", "--factorize"]);
  assert.deepEqual(
    rewritten.rows.map(({ name, form, saved }) => [name, form, saved]),
    rewritten.lines.flatMap(({ name, forms }) =>
      forms.map((it: { label: string; saved: number }) => [
        ...[name, it.label, `${it.saved}`],
      ])
    ),
  );
});

Deno.test("totem verify --format csv has a row for a sound file and for a damaged one", async () => {
  await using file = await fileOf(await narrowNetwork());
  const { rows: [row], lines: [json] } = await formatsOf(["verify", file.path]);
  assert.deepEqual(
    [row!.file, row!.size, row!.sha256, row!.digest, row!.error],
    [file.path, `${json.size}`, json.sha256, "matches", ""],
  );
  assert.deepEqual([row!.classes, row!.activation], ["7", "softmax"]);
  const bytes = await Deno.readFile(file.path);
  await Deno.writeFile(file.path, bytes.subarray(0, 1000));
  for (const path of [file.path, "gone.safetensors"]) {
    const { rows: [row], lines: [json] } = await formatsOf(["verify", path], 1);
    assert.deepEqual([row!.file, json.file], [path, path]);
    assert.ok(json.error.length > 0 && row!.size === "");
    assert.equal(row!.error, json.error);
    const text = await run(["verify", path]);
    assert.equal(text.stdout, "");
    assert.match(text.stderr, /^error (?:\S+: )?Cannot /);
  }
});

Deno.test("totem doctor --format csv has a row for each backend", async () => {
  const { rows, lines: [json] } = await formatsOf(["doctor"]);
  assert.deepEqual(
    rows.map(({ device, precision, refusal }) => [device, precision, refusal]),
    json.backends.map((
      it: { device: string; precision: string; refusal: string | null },
    ) => [it.device, it.precision, it.refusal ?? ""]),
  );
  const [taken, ...others] = rows.filter((it) => it.auto === "true");
  assert.equal(`${taken!.device} ${taken!.precision}`, json.auto);
  assert.equal(others.length, 0);
});

Deno.test("totem models --format csv has a row for each model, and goes with no --remove", async () => {
  const { rows, lines } = await formatsOf(["models"]);
  assert.deepEqual(
    rows.map((it) => [it.name, it.address, it.downloadBytes]),
    lines.map(({ name = "", address = "", downloadBytes = "" }) => [
      ...[name, address, `${downloadBytes}`],
    ]),
  );
  const args = ["models", "--remove", "nsfw", "--format", "tsv"];
  const { code, stderr } = await run(args);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot use --format tsv with --remove/);
});

Deno.test("totem evaluate --format csv has a row for each figure, and for what failed", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  for (const [i, name] of ["drum", "fig", "clock", "alp"].entries()) {
    const into = `${photos}/class ${i % 2}`;
    await Deno.mkdir(into, { recursive: true });
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, `${into}/${name}.jpg`);
  }
  const broken = `${photos}/class 1/broken.jpg`;
  await Deno.writeTextFile(broken, "GIF89a");
  const of = async (...options: string[]) => {
    const model = ["--model", `${folder.path}/model`];
    const args = ["evaluate", ...model, ...options, photos];
    const made = await run(args);
    assert.equal(made.code, 1, made.stderr);
    return made.stdout;
  };
  const rows = parseTable(await of("--format=csv", "--variant=75"));
  const json = JSON.parse(await of("--json", "--variant=75"));
  const figures = (label: string) =>
    Object.fromEntries(
      rows.filter((it) => it.label === label && it.figure !== "")
        .map(({ figure, value }) => [figure!, value!]),
    );
  const { images, top1, top5, calibrationError, failed } = figures("");
  assert.deepEqual(
    [images, top1, top5, calibrationError, failed],
    [json.images, json.top1, json.top5, json.calibration.error, 1].map(String),
  );
  for (const { label, takenFor: _, ...score } of json.classes) {
    assert.deepEqual(
      figures(label),
      Object.fromEntries(
        Object.entries(score).map(([name, it]) => [name, `${it ?? ""}`]),
      ),
    );
  }
  const [fault, ...others] = rows.filter(({ error }) => error !== "");
  assert.deepEqual(others, []);
  assert.equal(fault!.file, broken);
  assert.deepEqual(json.errors, [{ file: broken, error: fault!.error }]);

  const several = parseTable(await of("--format=csv", "--variant=75,80"));
  assert.deepEqual(
    several.filter(({ figure, label }) => figure === "top1" && label === "")
      .map(({ variant }) => variant),
    ["75", "80"],
  );
  const sigmoid = parseTable(
    await of(
      ...["--format=csv", "--variant=75", "--activation=sigmoid"],
    ),
  );
  const names = sigmoid.filter(({ label }) => label === "class 1")
    .map(({ figure }) => figure);
  assert.ok(names.includes("averagePrecision") && names.includes("f1"));
  assert.ok(sigmoid.some(({ figure }) => figure === "microF1"));
});
