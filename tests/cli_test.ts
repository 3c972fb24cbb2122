import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { fileOf, narrowNetwork } from "./backends/simd/narrow_file.ts";
import { main } from "../src/cli.ts";
import { run, testStreams } from "./cli/in_process.ts";
import { photoFolder } from "./cli/indexed_folder.ts";
import { besidesNote, PHOTOS, totem, workFolder } from "./cli/totem.ts";

Deno.test("totem --help lists the commands, and each has help with an example", async () => {
  const { code, stdout, stderr } = await totem(["--help"], { permissions: [] });
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const { stderr: unknown } = await run(["frobnicate"]);
  const commands = unknown.match(/one of: (.+)$/m)![1]!.split(", ");
  const listed = stdout.matchAll(/^ {2}([a-z]+) {2,}\w/gm);
  assert.deepEqual(Array.from(listed, ([, name]) => name), commands);
  for (const command of commands) {
    const help = await run([command, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^Usage: totem ${command} `));
    assert.match(help.stdout, new RegExp(`Examples?:\n  totem ${command}`));
  }
});

Deno.test("totem --version shows the version", async () => {
  const { code, stdout } = await totem(["--version"], { permissions: [] });
  assert.equal(code, 0);
  assert.equal(stdout, `${config.version}\n`);
  assert.equal((await run(["-v"])).stdout, stdout);
});

Deno.test("totem help shows what --help does", async () => {
  for (const topic of [[], ["classify"], ["batch"], ["batch", "plan"]]) {
    const { code, stdout } = await run(["help", ...topic]);
    assert.equal(code, 0);
    assert.equal(stdout, (await run([...topic, "--help"])).stdout);
  }
  for (const odd of [["help", "help"], ["help", "--help"]]) {
    assert.match((await run(odd)).stdout, /^Usage: totem COMMAND /);
  }
});

const USAGE: [args: string[], message: RegExp][] = [
  [[], /^Usage: totem COMMAND [^]*\n {2}classify /],
  [["clasify"], /Unknown command "clasify": did you mean classify\?\nSee: /],
  [["help", "clasify"], /Unknown command "clasify"/],
  [
    ["help", "batch", "plam"],
    /"batch plam": did you mean plan\?\nSee: totem help batch\n$/,
  ],
  [["batch", "plam", "--help"], /"batch plam": did you mean plan\?/],
  [
    ["batch", "plan", "--otu=x"],
    /did you mean --out\?\nSee: totem help batch plan\n$/,
  ],
  [["classify", "--", "-", "--help", "-"], /standard input twice/],
  [["frobnicate"], /command "frobnicate"\. Should be one of: classify, /],
  [
    ["train", "photos"],
    /command "train": did you mean finetune\?\nSee: totem h/,
  ],
  [["download", "nsfw"], /command "download": did you mean pull\?/],
  [
    ["--versoin"],
    /option --versoin: did you mean --version\?\nSee: totem help\n/,
  ],
  [
    ["--model", "nsfw", "classify"],
    /option --model: options follow the command\n/,
  ],
  [["version"], /command "version": did you mean --version\?/],
  [["toString"], /Unknown command "toString"/],
  [["classify"], /no image is given: name .*\nSee: totem help classify\n/],
  [
    ["classify", "--fast", "a.jpg"],
    /Unknown option --fast\nSee: totem help classify\n$/,
  ],
  [["classify", "--tpo=3", "a.jpg"], /option --tpo: did you mean --top\?/],
  [["classify", "-json", "a.jpg"], /option -json: did you mean --json\?/],
  [["classify", "--top", "0", "a.jpg"], /--top 0 .* whole number >= 1/],
  [["classify", "--top", "1e3", "a.jpg"], /--top 1e3/],
  [["classify", "--top"], /--top/],
  [["classify", "--allow-truncated=maybe", "-"], /--allow-truncated/],
  [["classify", "-", "-"], /standard input twice/],
  [["explain", "a", "--out", "b.jpg"], /write b\.jpg as its name must end in/],
  [
    ["classify", "--variant", "74", PHOTOS],
    /--variant 74\. Should be one of: full, low151, low79, or a size/,
  ],
  [
    ["classify", "--backend", "cuda", PHOTOS],
    /--backend cuda\. Should be one of: auto, wasm, webgpu/,
  ],
  [
    ["classify", "--precision", "f16", PHOTOS],
    /--precision f16\. Should be one of: auto, int8, f32/,
  ],
  [["classify", "--threads", "65", PHOTOS], /--threads 65 .* in 1\.\.64/],
  [
    ["classify", "--threads", "two", PHOTOS],
    /--threads two as it must be auto or a whole number in 1\.\.64$/m,
  ],
  [
    ["convert", "a", "--out", "b", "--variant", "1024x"],
    /pixels in 75\.\.1024$/m,
  ],
  [
    ["photos/a.jpg"],
    /"photos\/a\.jpg": .* run totem classify photos\/a\.jpg$/m,
  ],
  [["classify", "--top", "1", "--top=2", PHOTOS], /--top twice: 1 and 2 are/],
  [["finetune", "a", "--out", "b", "--threads", "0"], /--threads 0/],
  [["serve", "--threads", "0"], /^error [^]*--threads 0/],
  [["serve", "--variant", "74"], /^error [^]*--variant 74/],
  [["serve", "--port", "65536"], /--port 65536 .* in 0\.\.65535/],
  [["serve", "--cors", "foo"], /the origin "foo"/],
  [["inspect", "extra"], /argument extra/],
  [["convert"], /Cannot convert without a SOURCE\n/],
  [["convert", "a", "b"], /convert with 2 arguments, a and b: give one SOURCE/],
  [["convert", "a"], /Cannot convert without --out FILE\n/],
  [["explain"], /Cannot explain without an IMAGE\n/],
  [["verify"], /Cannot verify without a FILE\n/],
  [["pull"], /Cannot pull without a SOURCE\n/],
  [["pull", "nsfl"], /Unknown model "nsfl": did you mean nsfw\?/],
];

for (const [args, message] of USAGE) {
  Deno.test(`totem ${args.join(" ")} exits 2 and says why`, async () => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.ok(!stderr.includes("    at "), stderr);
  });
}

const FAULTS: [args: string[], message: string][] = [
  [["verify", "none"], "Cannot verify none: there is no such file or folder"],
  [["verify", "tests"], "Cannot verify tests: it is a folder"],
  [["explain", "tests", "--out", "x.png"], "Cannot read tests: it is a folder"],
  [
    ["explain", "none.jpg", "--out", "x.png"],
    "Cannot read none.jpg: there is no such file or folder",
  ],
  [
    ["search", "x.jpg", "--index", "none"],
    "Cannot search none: there is no such file: totem index makes it",
  ],
  [
    ["search", "x.jpg", "--index", "tests"],
    "Cannot search tests: it has no plan.json, so it isn't a batch run: totem index makes an index of a folder of images",
  ],
  [
    ["convert", "nsfw", "--out", "tests"],
    "Cannot write tests: it is a folder",
  ],
  [
    ["convert", "nsfw", "--out", "deno.json/x.safetensors"],
    "Cannot write deno.json/x.safetensors: a part of its path is not a folder",
  ],
  [
    ["convert", "nsfw", "--out", "x.safetensors", "--labels", "none"],
    "Cannot read none: there is no such file or folder",
  ],
  [
    ["serve", "--token-file", "none"],
    "Cannot read none: there is no such file or folder",
  ],
  [
    ["classify", "https://example.org/a.jpg"],
    "https://example.org/a.jpg: addresses aren't read: download the image first",
  ],
  [["classify", ""], '"": a path must not be empty'],
  [["verify", ""], 'Cannot verify "": a path must not be empty'],
  [
    ["classify", "--model", "", PHOTOS],
    'Cannot use "" as it must be a name, a path or an address',
  ],
  [
    ["classify", "--model", "data:application/json;base64,@@@", PHOTOS],
    'Cannot load the model "data:application/json,…": Cannot read data:application/json,… as it isn\'t a well-formed data: address',
  ],
  [["classify", "none*.jpg"], "none*.jpg: no file matches this pattern"],
  [
    ["classify", "a\ufffd.jpg"],
    "a\ufffd.jpg: there is no such file, or its name isn't UTF-8: rename it",
  ],
  [
    ["classify", "a\x1b]0;b\x07\n.jpg"],
    "a\ufffd]0;b\ufffd\ufffd.jpg: there is no such file, nor one that it matches as a pattern",
  ],
  [
    ["index", "none", "--out", "x"],
    "Cannot index none: there is no such file or folder",
  ],
  [
    ["finetune", "none", "--out", "x"],
    "Cannot read none: there is no such file or folder",
  ],
];

for (const [args, message] of FAULTS) {
  Deno.test(`totem ${args.join(" ")} names the file and what is wrong`, async () => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, `error ${message}\n`);
  });
}

Deno.test("totem names a file that isn't what it should be", async () => {
  const photo = `${PHOTOS}/drum.jpg`;
  await using index = await photoFolder();
  assert.equal((await index.index()).code, 0);
  await using model = await fileOf(await narrowNetwork());
  const cases: [args: string[], told: string][] = [
    [["verify", photo], `${photo}: it is an image, not a Totem file`],
    [["verify", "README.md"], "README.md: it is not a Totem file"],
    [["verify", "nsfw"], "totem pull --verify nsfw checks what is cached"],
    [["verify", index.out], "as it is a search index: totem search takes it"],
    [["search", photo, "--index", photo], "it is an image, not an index"],
    [
      ["index", PHOTOS, "--out", model.path],
      "as it is a model: totem index makes an index of a folder",
    ],
  ];
  for (const [args, told] of cases) {
    const { code, stderr } = await run(args);
    assert.equal(code, 1);
    assert.match(stderr, /^error (?:\S+: )?Cannot /);
    assert.ok(stderr.includes(told), stderr);
  }
});

Deno.test("totem names the flag of a missing permission", async () => {
  const photo = `${PHOTOS}/drum.jpg`;
  const { code, stderr } = await totem(["classify", photo], {
    permissions: [],
  });
  assert.equal(code, 1);
  const lines = stderr.split("\n");
  assert.equal(
    lines[0],
    `error Cannot go on without read access to ${photo}: run again with --allow-read`,
  );
  assert.ok(lines[1]?.endsWith(`/src/cli.ts classify ${photo}`), stderr);
  const model = "http://127.0.0.1:8009/model.json";
  const offline = await totem(["classify", "--model", model, photo]);
  assert.equal(offline.code, 1);
  assert.match(
    offline.stderr,
    /run again with --allow-net=127\.0\.0\.1:8009\n/,
  );
});

Deno.test("totem ends quietly when nobody reads its results", async () => {
  const process = new Deno.Command("sh", {
    args: [
      "-c",
      `"${Deno.execPath()}" run --quiet --allow-read src/cli.ts inspect --json | head -n 1`,
    ],
    cwd: new URL("..", import.meta.url),
    stderr: "piped",
    stdout: "piped",
  });
  const { stdout, stderr } = await process.output();
  assert.match(new TextDecoder().decode(stdout), /^\{.*\}\n$/);
  assert.equal(new TextDecoder().decode(stderr), "");
});

Deno.test("two command lines at once in a process mix no output, and each tells its notes", async () => {
  await using folder = await workFolder();
  const start = async (photo: string) => {
    const args = ["classify", "--json", ...folder.model, `${PHOTOS}/${photo}`];
    const streams = testStreams();
    return { code: await main(args, streams), ...streams.output };
  };
  const names = ["drum.jpg", "fig.jpg"];
  const both = await Promise.all(names.map(start));
  for (const [i, name] of names.entries()) {
    const alone = await start(name);
    assert.deepEqual(both[i], alone);
    assert.equal(JSON.parse(alone.stdout).file, `${PHOTOS}/${name}`);
    assert.equal(besidesNote(alone), "");
  }
});
