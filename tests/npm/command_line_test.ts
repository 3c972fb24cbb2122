/**
 * The command line in Node, installed by npm: `npm pack`, then a fresh project. It also
 * runs the tests of `tests/cli` that start a program and concern parts that Node
 * implements differently (files, streams, signals, sockets).
 */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import config from "../../deno.json" with { type: "json" };
import map from "../../import_map.json" with { type: "json" };
import { narrowModel } from "../examples/answers.ts";
import { CLI, CONFIG, programWith, useProgram } from "../cli/program.ts";
import { PHOTOS, totem, workFolder } from "../cli/totem.ts";
import { outputOf } from "../output_of.ts";
import {
  type Folder,
  install,
  newFolder,
  npmTest,
  prepareTests,
  run,
} from "./project.ts";
import { BUN, OLD_NODES, pathOfNode, RUNTIME_PACKAGES } from "./runtimes.ts";

const project = await newFolder();
const tools = await prepareTests(
  RUNTIME_PACKAGES,
  async (file) => {
    // f32 needs these two.
    const tfjs = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"]
      .map((it) => map.imports[it as keyof typeof map.imports].slice(4));
    await install(project, [file, ...tfjs]);
  },
);
Deno.test.afterAll(async () => await project[Symbol.asyncDispose]());
const program = `${project.path}/node_modules/@totem/inception/bin/totem.js`;
const CLI_MODULE = `${project.path}/node_modules/@totem/inception/src/cli.js`;
/** The reference for the first test. */
const helpInDeno = await totem(["--help"]);

if (tools !== null) {
  useProgram([
    `${tools.path}/node_modules/${pathOfNode("20.16.0")}`,
    program,
  ]);
  for (
    const name of [
      ...["classify", "doctor", "features", "convert", "index_images"],
      ...["closed_output", "files_from", "serve", "batch/work"],
    ]
  ) {
    await import(`../cli/${name}_test.ts`);
  }
  await import("../long/default_model_test.ts");
}

const output = (name: string, args: readonly string[]) =>
  run(name, args, project.path);

for (
  const [name, path] of [
    ["Node 20.16.0", pathOfNode("20.16.0")],
    ["Node 24", pathOfNode("24.21.0")],
    ["Bun", BUN],
  ] as const
) {
  test(`${name} gives the same answers by totem as Deno`, async (tools) => {
    const model = `${project.path}/model.safetensors`;
    await Deno.writeFile(model, await narrowModel());
    const args = ["--json", "--activation-bits", "7", "--model", model, PHOTOS];
    const runtime = `${tools.path}/node_modules/${path}`;
    const found = await output(runtime, [program, "classify", ...args]);
    const inDeno = ["run", "--quiet", "-A", `--config=${CONFIG}`, CLI];
    assert.equal(
      found,
      await output(Deno.execPath(), [...inDeno, "classify", ...args]),
    );
    const doctor = await output(runtime, [program, "doctor"]);
    assert.match(doctor, new RegExp(`^runtime +${name}`));
  });
}

test("totem in an older Node says which one it needs", async ({ path }) => {
  for (const version of OLD_NODES) {
    const node = `${path}/node_modules/${pathOfNode(version)}`;
    const { code, stderr } = await outputOf(node, {
      args: [program, "models"],
    });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `error Cannot start as Node must be 20.16, 22.3 or later: current value is v${version}\n`,
    );
  }
});

test("npx totem --help is what Deno shows", async () => {
  const npx = await output("npx", ["--no-install", "totem", "--help"]);
  assert.equal(npx, helpInDeno.stdout);
  assert.equal((await totem(["--version"])).stdout, `${config.version}\n`);
});

test("npx totem goes on when the pipe is full", async () => {
  // The parent program may have made the pipe non-blocking.
  const command = `npx --no-install totem inspect --json | (sleep 1; cat)`;
  const { stdout } = await totem(["inspect", "--json"]);
  assert.ok(stdout.length > 2 ** 14);
  assert.equal(await output("sh", ["-c", command]), stdout);
});

test("no help in Node names a flag or a feature of Deno", async ({ path }) => {
  const { stdout } = await totem(["--help"]);
  const commands = stdout.match(/(?<=^ {2})[a-z]+(?= {2})/gm)!;
  assert.equal(commands.length, 16);
  const below = ["plan", "work", "status", "retry", "cancel"];
  const all = [
    ...commands.map((it) => [it]),
    ...below.map((it) => ["batch", it]),
  ];
  // A single process shows them all.
  const script = `const { main } = await import(process.argv[1]);
    for (const command of JSON.parse(process.argv[2])) {
      const code = await main([...command, "--help-all"]);
      if (code !== 0) throw new Error(command.join(" ") + ": " + code);
    }`;
  const help = await output(
    `${path}/node_modules/${pathOfNode("20.16.0")}`,
    ["--input-type=module", "--eval", script, CLI_MODULE, JSON.stringify(all)],
  );
  const shown = help.matchAll(/^Usage: totem ((?:batch )?[a-z]+)/gm);
  assert.deepEqual(
    Array.from(shown, ([, name]) => name),
    all.map((it) => it.join(" ")),
  );
  assert.doesNotMatch(help, /deno|--allow-(?!truncated|absent)/i);
});

test("totem in Node ends with 0, 1 or 2, as in Deno", async () => {
  const cases: [args: string[], code: number, message: RegExp][] = [
    [["models"], 0, /^$/],
    [["verify", "none"], 1, /^error Cannot verify none: there is no such file/],
    [["verify", "."], 1, /^error Cannot verify \.: it is a folder\n$/],
    [["index", "none", "--out", "x"], 1, /^error Cannot index none: there is/],
    [["frobnicate"], 2, /Unknown command "frobnicate"/],
    [["classify"], 2, /^error Cannot start as no image is given: /],
  ];
  if (Deno.build.os === "linux") {
    const out = "/proc/totem/x.safetensors";
    const message =
      `error Cannot write ${out}: there is no such file or folder\n`;
    cases.push([["convert", "none", "--out", out], 1, new RegExp(message)]);
  }
  for (const [args, code, message] of cases) {
    const run = await totem(args);
    assert.equal(run.code, code, args.join(" "));
    assert.match(run.stderr, message);
    if (code > 0) assert.equal(run.stdout, "");
  }
});

test(
  "totem in Node ends quietly when nobody reads, and says when the disk is full",
  async () => {
    const inspect = (rest: string) =>
      outputOf("sh", { args: ["-c", `node "${program}" inspect ${rest}`] });
    const { stdout, stderr } = await inspect("--json | head -n 1");
    assert.match(stdout, /^\{.*\}\n$/);
    assert.equal(stderr, "");
    if (Deno.build.os !== "linux") return;
    const full = await inspect("> /dev/full");
    assert.equal(full.code, 1);
    assert.equal(
      full.stderr,
      "error Cannot write the output: the disk is full: free some space, or choose another disk\n",
    );
  },
);

test("totem in Node runs where nothing can be kept", async () => {
  const none = { TOTEM_CACHE: "", HOME: "", XDG_CACHE_HOME: "" };
  // If the cache folder is unknown, its content isn't mentioned.
  for (
    const [env, cached] of [
      [none, undefined],
      [{ TOTEM_CACHE: "/proc/totem" }, null],
    ] as const
  ) {
    const { code, stdout, stderr } = await totem(["models", "--json"], { env });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout.split("\n")[0]!).cached, cached);
  }
});

test("totem batch in Node writes what Deno writes, Parquet with its package beside it", async () => {
  await using folder = await workFolder();
  const plan = (name: string, ...options: string[]) =>
    totem([
      ...["batch", "plan", PHOTOS, "--out", `${folder.path}/${name}`],
      ...["--shard-size", "10", ...folder.model, ...options],
    ]);
  const assertSameResults = async (name: string, ending: string) => {
    const inNode = `${folder.path}/${name}`;
    const inDeno = `${inNode}-deno`;
    await cp(inNode, inDeno, { recursive: true });
    const { code, stdout, stderr } = await totem(["batch", "work", inNode]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /: 2 shards with 12 images done here, 0 failed; /);
    await output(Deno.execPath(), [
      ...["run", "--quiet", "-A", `--config=${CONFIG}`, CLI],
      ...["batch", "work", inDeno],
    ]);
    for (const shard of ["00000", "00001"]) {
      const [found, expected] = await Promise.all(
        [inNode, inDeno].map((it) =>
          Deno.readFile(`${it}/results/${shard}.${ending}`)
        ),
      );
      assert.deepEqual(found, expected);
    }
  };
  assert.equal((await plan("lines", "--format", "jsonl")).code, 0);
  await assertSameResults("lines", "jsonl");

  const missing = await plan("tables");
  assert.equal(missing.code, 1);
  const command = missing.stderr.match(
    /: (npm install hyparquet-writer@\S+ hyparquet@\S+), with -g if /,
  )?.[1];
  assert.ok(command, missing.stderr);
  const [npm, ...words] = command.split(" ");
  await output(npm!, [...words, "--prefer-offline", "--no-audit", "--no-fund"]);
  assert.equal((await plan("tables")).code, 0);
  await assertSameResults("tables", "parquet");
});

test("totem in Node ends with 130 by Ctrl-C", async () => {
  await using folder = await workFolder();
  const photos = Array(40).fill(PHOTOS);
  const [program, ...before] = programWith([]);
  const process = new Deno.Command(program!, {
    args: [...before, "classify", ...folder.model, ...photos],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.getReader();
  await reader.read();
  process.kill("SIGINT");
  await reader.cancel();
  const { code, signal } = await process.status;
  assert.equal(code, 130);
  assert.equal(signal, "SIGINT");
});

test(
  "totem in Node lets one process at a time add to a file",
  async () => {
    await using folder = await workFolder();
    const photos = `${folder.path}/photos`;
    await Deno.mkdir(photos);
    for (let i = 0; i < 60; i++) {
      await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/${i}.jpg`);
    }
    const resume = `${folder.path}/f.npy`;
    const args = ["features", "--npy", "--resume", resume, photos];
    const [program, ...before] = programWith([]);
    const first = new Deno.Command(program!, {
      args: [...before, ...args, ...folder.model],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let hasEnded = false;
    first.status.then(() => hasEnded = true);
    // It has the file once it has written to it, and keeps it while it is stopped.
    const isEmpty = () =>
      Deno.stat(resume).then(({ size }) => size === 0, () => true);
    while (!hasEnded && await isEmpty()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    first.kill("SIGSTOP");
    const second = await totem([...args, ...folder.model]);
    first.kill("SIGCONT");
    assert.equal(second.code, 1);
    assert.match(second.stderr, /another process adds to it/);
    const { code, stderr } = await first.output();
    assert.equal(code, 0);
    const said = new TextDecoder().decode(stderr);
    assert.match(said, /f\.npy: 60 rows, 60 computed\n$/);
    const again = await totem([...args, ...folder.model]);
    assert.match(again.stderr, /f\.npy: 60 rows, 0 computed\n$/);
  },
);

function test(name: string, run: (tools: Folder) => Promise<void>): void {
  npmTest(tools, name, run);
}
