/** The package in fresh projects of Node and Bun. */
import assert from "node:assert/strict";
import { readText } from "../docs/texts.ts";
import { ask } from "../examples/answers.ts";
import { type RunningServer, startServer } from "../examples/running_server.ts";
import { until } from "../server/serve.ts";
import {
  ALL_INPUTS,
  type Folder,
  HEIC_PACKAGE,
  INPUTS,
  newProject,
  npmTest,
  prepareTests,
  run,
  writeInputs,
} from "./project.ts";
import { BUN, NODES, pathOfNode, RUNTIME_PACKAGES } from "./runtimes.ts";

let project: Folder;
let expected: unknown;
const tools = await prepareTests(RUNTIME_PACKAGES, async (file) => {
  project = await newProject("node", [
    file,
    "@hono/node-server@2.1.9",
    "hono@4",
    HEIC_PACKAGE,
  ]);
  expected = await writeInputs(project.path, ALL_INPUTS);
  for (const file of ["app.mjs", "node.mjs", "bun.mjs"]) {
    const example = new URL(`../../examples/servers/${file}`, import.meta.url);
    await Deno.copyFile(example, `${project.path}/${file}`);
  }
});
Deno.test.afterAll(async () => await project?.[Symbol.asyncDispose]());

const RUNTIMES: readonly (readonly [name: string, path: string])[] = [
  ...NODES.map((it) => [`Node ${it}`, pathOfNode(it)] as const),
  ["Bun", BUN],
];

for (const [name, path] of RUNTIMES) {
  const start = (tools: Folder, args: readonly string[]) =>
    run(`${tools.path}/node_modules/${path}`, args, project.path);

  npmTest(tools, `${name} classifies images as Deno does`, async (tools) => {
    const printed = await start(tools, ["classify.mjs", ...ALL_INPUTS]);
    assert.deepEqual(JSON.parse(printed), expected);
  });

  npmTest(tools, `${name} runs the server of docs/node.md`, async (tools) => {
    const [block] = readText("docs/node.md")
      .match(/(?<=^```js.*\n)import \{ serve \}[^]*?(?=^```)/m)!;
    const server = block!.replace("port: 8000", "port: 0");
    await Deno.writeTextFile(`${project.path}/server.mjs`, server);
    await using process = new Deno.Command(
      `${tools.path}/node_modules/${path}`,
      { args: ["server.mjs"], cwd: project.path, stdout: "piped" },
    ).spawn();
    const { value } = await process.stdout.getReader().read();
    const address = new TextDecoder().decode(value).trim();
    for (const image of INPUTS) {
      const response = await fetch(`${address}/classify?top=1`, {
        method: "POST",
        body: await Deno.readFile(`${project.path}/${image}`),
      });
      assert.equal(response.status, 200);
      assert.equal((await response.json()).classes.length, 1);
    }
  });

  npmTest(tools, `${name} ends while threads are idle`, async (tools) => {
    const printed = await start(tools, ["undisposed.mjs", INPUTS[0]!]);
    assert.deepEqual(JSON.parse(printed), { latency: 3, throughput: 3 });
  });

  npmTest(tools, `${name} imports every entry`, async (tools) => {
    const entries = await entriesOf(project);
    assert.ok(entries.includes("@totem/inception/train"));
    const printed = await start(tools, ["import_all.mjs", ...entries]);
    const counts: Record<string, number> = JSON.parse(printed);
    assert.deepEqual(Object.keys(counts), entries);
    for (const entry of entries) assert.ok(counts[entry]! > 0, entry);
  });

  npmTest(tools, `${name} takes require() where it can`, async (tools) => {
    const asked = start(tools, ["classify.cjs", ...ALL_INPUTS]);
    // Only import() works before 20.19.
    if (name === "Node 20.16.0") await assert.rejects(asked, /ERR_REQUIRE_ESM/);
    else assert.deepEqual(JSON.parse(await asked), expected);
  });
}

for (
  const [[name, path], file] of [
    [RUNTIMES[0]!, "node.mjs"],
    [RUNTIMES.at(-1)!, "bun.mjs"],
  ] as const
) {
  npmTest(
    tools,
    `${name} runs ${file} of the examples, which answers what is under way when it is ended`,
    async (tools) => {
      await using server = await startServer(
        `${tools.path}/node_modules/${path}`,
        [file],
        {
          folder: project.path,
          env: { PORT: "0" },
          port: /Listening on http:\/\/127\.0\.0\.1:(\d+)\D/,
        },
      );
      const health = await fetch(`${server.address}/healthz`);
      assert.deepEqual(await health.json(), { status: "ok" });
      await until(() => server.printed().includes("Ready"));
      for (const image of INPUTS) {
        const body = await Deno.readFile(`${project.path}/${image}`);
        const response = await ask(server.address, body);
        assert.equal((await response.json()).classes.length, 5);
      }
      // Browsers may open spare connections.
      using _unused = await Deno.connect({
        hostname: "127.0.0.1",
        port: Number(new URL(server.address).port),
      });
      const { underWay, finish } = await beginRequest(server);
      const ended = server.end();
      await until(() => server.printed().includes("SIGTERM: answering"));
      finish();
      assert.equal((await underWay).status, 200);
      assert.equal((await (await underWay).json()).classes.length, 5);
      assert.equal(await ended, 0, server.printed());
    },
  );
}

/** Sends a request without the end of its body. */
async function beginRequest({ address }: RunningServer) {
  const image = await Deno.readFile(`${project.path}/${INPUTS[0]}`);
  let finish = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(image.subarray(0, 1000));
      finish = () => {
        controller.enqueue(image.subarray(1000));
        controller.close();
      };
    },
  });
  const underWay = fetch(`${address}/classify`, { method: "POST", body });
  // Once these are answered, the server has received everything sent before.
  for (let i = 0; i < 5; i++) {
    await (await fetch(`${address}/healthz`)).body?.cancel();
  }
  return { underWay, finish };
}

async function entriesOf({ path }: Folder): Promise<readonly string[]> {
  const manifest = `${path}/node_modules/@totem/inception/package.json`;
  const { exports } = JSON.parse(await Deno.readTextFile(manifest));
  return Object.keys(exports)
    .filter((it) => !/\.(wasm|json)$/.test(it))
    .map((it) => it.replace(/^\./, "@totem/inception"));
}
