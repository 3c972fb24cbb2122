import assert from "node:assert/strict";
import { elementsOf } from "../charts/well_formed.ts";
import { run } from "./in_process.ts";
import { totem, workFolder } from "./totem.ts";

Deno.test("totem inspect shows the layers and the totals", async () => {
  const { code, stdout } = await totem(["inspect"], { permissions: [] });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^Conv2d_1a_3x3 +conv 3x3 \/ 2 +149 x 149 x 32 +19,181,664 +960$/m,
  );
  assert.match(stdout, /^total +5,713,216,096 +23,851,784$/m);
  assert.match(stdout, /input 299 x 299 x 3/);
});

Deno.test("totem inspect --json gives the same as objects", async () => {
  const args = [
    "--json",
    "--variant",
    "low79",
    "--classes",
    "5",
    "--auxiliary",
  ];
  const { stdout } = await run(["inspect", ...args]);
  const lines = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  const { multiplyAdds, parameters } = lines.pop();
  assert.equal(lines[0].name, "Conv2d_1a_3x3");
  assert.deepEqual(lines[0].shape, [77, 77, 32]);
  const sum = (key: string) => lines.reduce((total, it) => total + it[key], 0);
  assert.equal(multiplyAdds, sum("multiplyAdds"));
  assert.equal(parameters, sum("parameters"));
});

Deno.test("totem inspect names the layer that doesn't fit a small image", async () => {
  const args = ["inspect", "--variant", "75", "--auxiliary"];
  const { code, stderr } = await run(args);
  assert.equal(code, 1);
  assert.match(stderr, /^error .*"AuxLogits\/AvgPool_5x5": its input has 3\n$/);
});

Deno.test("totem inspect --model shows a model's layers, and what was assumed of it", async () => {
  await using folder = await workFolder();
  const made = await run(["inspect", ...folder.model]);
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  assert.match(made.stdout, /^Conv2d_1a_3x3 .* 37 x 37 x 2 /m);
  assert.match(made.stdout, /^Logits .* 1 x 1 x 7 /m);
  assert.match(
    made.stdout,
    /^input +75 x 75 \(asked for\), pixels -1\.\.1 \(assumed\), central crop \(assumed\), antialiased resize \(assumed\)\noutput +average pools leave padding out, mean pooling, softmax\n$/m,
  );
});

Deno.test("totem inspect takes what a model's file may not say", async () => {
  await using folder = await workFolder();
  const options = ["--activation", "none", "--pooling", "max"];
  const { code, stdout, stderr } = await run(
    ["inspect", ...folder.model, ...options, "--scale", "0..1"],
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^input .*, pixels 0\.\.1 \(asked for\), /m);
  assert.match(
    stdout,
    /^output .*max pooling \(asked for\), logits \(asked for\)$/m,
  );
  const layers = await run(["inspect", ...options]);
  assert.match(layers.stdout, /^MaxPool_1a +global max pool /m);
  assert.doesNotMatch(layers.stdout, /softmax/);
});

Deno.test("totem inspect --compare shows networks beside what is published", async () => {
  const args = ["inspect", "--compare"];
  const { code, stdout } = await run(args);
  assert.equal(code, 0);
  assert.match(stdout, /^GoogLeNet +224 x 224 x 3 +1,582,671,872 +1\.5 G /m);
  assert.match(stdout, /^Inception-v3 +299 x 299 x 3 +5,713,216,096 +4\.8 G /m);
  const json = await run([...args, "--json"]);
  const rows = json.stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.deepEqual(rows.map((it) => [it.name, it.parameters]), [
    ["GoogLeNet", 6998552],
    ["Inception-v2", 26101672],
    ["Inception-v3", 23851784],
    ["VGG-16", 138357544],
    ["ResNet-152", 60268520],
  ]);
  for (const { published } of rows) assert.match(published.source, /^arXiv /);
});

Deno.test("totem inspect --factorize shows what each rewrite saves, and draws it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const svg = `${folder}/rewrites.svg`;
    const args = ["inspect", "--factorize"];
    const { code, stdout } = await totem([...args, "--svg", svg], {
      permissions: ["--allow-read", `--allow-write=${folder}`],
    });
    assert.equal(code, 0);
    assert.match(stdout, /^3x3, 3x3 .* 28\.0%$/m);
    assert.match(stdout, /^3x1, 1x3 .* 33\.3%$/m);
    const json = await run([...args, "--json"]);
    const forms = json.stdout.trimEnd().split("\n")
      .flatMap((it) => JSON.parse(it).forms);
    const chart = await Deno.readTextFile(svg);
    // The background, and a bar for each form.
    assert.equal(elementsOf(chart).get("rect"), 1 + forms.length);
    assert.deepEqual(
      await Array.fromAsync(Deno.readDir(folder), (it) => it.name),
      [
        "rewrites.svg",
      ],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [args, message] of [
    [["--svg", "a.svg"], /--svg FILE without --factorize/],
    [["--compare", "--svg", "a.svg"], /--svg with --compare/],
    [["--compare", "--factorize"], /--factorize with --compare/],
    [["--factorize", "--classes", "5"], /--classes with --factorize/],
    [["--scale", "0..1"], /--scale without --model/],
  ] as const
) {
  Deno.test(`totem inspect ${args.join(" ")} exits 2 and says why`, async () => {
    const { code, stdout, stderr } = await run(["inspect", ...args]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  });
}
