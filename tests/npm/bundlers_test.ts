/** The package in fresh projects with bundlers, and in a page without one. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import type { Page } from "playwright-core";
import { load } from "../../mod.ts";
import { CHROMIUM, visit } from "../examples/browser/chromium.ts";
import { TIMEOUT } from "../examples/browser/engine_page.ts";
import { useBrowser } from "../examples/browser/shared_page.ts";
import { outputOf } from "../output_of.ts";
import {
  copyProject,
  type Folder,
  INPUTS,
  newProject,
  npmTest,
  prepareTests,
  run,
  writeInputs,
} from "./project.ts";

const shared = useBrowser();
let installed: Folder | undefined;
const tools = CHROMIUM
  ? await prepareTests([
    "esbuild@0.28.2",
    "vite@8.4.0",
    "vite-7@npm:vite@7.3.8",
    "webpack@5.113.0",
    "webpack-cli@7.3.1",
  ], async (file) => {
    installed = await newProject("page", [file]);
  })
  : null;
Deno.test.afterAll(async () => await installed?.[Symbol.asyncDispose]());

for (const version of ["8", "7"]) {
  for (const script of ["page.js", "page_with_worker.js"]) {
    bundlerTest(`Vite ${version} builds ${script}`, async (project, bin) => {
      await writePage(project.path, script);
      if (version === "7" && script !== "page.js") {
        // Vite 7 refuses code splitting in its default format for workers.
        await Deno.writeTextFile(
          `${project.path}/vite.config.js`,
          'export default { worker: { format: "es" } };\n',
        );
      }
      const expected = await writePublic(project.path);
      await run("node", [bin(VITE[version]!), "build"], project.path);
      await assertAnswers(`${project.path}/dist`, expected);
      assert.deepEqual(await importersOfWorker(`${project.path}/dist`), []);
    });

    bundlerTest(
      `Vite ${version} serves ${script} in development`,
      async (project, bin) => {
        await writePage(project.path, script);
        const expected = await writePublic(project.path);
        await using server = await serveByVite(
          bin(VITE[version]!),
          project.path,
        );
        const context = await shared.browser.newContext();
        context.setDefaultTimeout(TIMEOUT);
        const page = await context.newPage();
        await page.goto(server.address);
        const { answers } = await readAnswers(page);
        await context.close();
        assert.deepEqual(answers, expected);
      },
    );
  }
}

for (
  const [mode, script] of [
    ["development", "page.js"],
    ["production", "page_with_worker.js"],
  ] as const
) {
  bundlerTest(
    `webpack builds ${script} for ${mode}, and warns of nothing`,
    async ({ path }, bin) => {
      const printed = await run("node", [
        bin("webpack-cli/bin/cli.js"),
        ...`--mode ${mode} --entry ./${script}`.split(" "),
        "--no-performance",
      ], path);
      assert.match(printed, /compiled successfully/, printed);
      await writePage(`${path}/dist`, "main.js");
      await assertAnswers(`${path}/dist`, await writeInputs(`${path}/dist`));
    },
  );
}

for (
  const options of [
    ["--format=esm", "--splitting", "--outdir=dist"],
    ["--minify", "--outfile=dist/page.js"],
  ]
) {
  bundlerTest(
    `esbuild bundles page.js, ${options[0]}, which a strict policy lets run`,
    async ({ path }, bin) => {
      const args = ["page.js", "--bundle", ...options];
      const { code, stderr } = await outputOf(bin("esbuild/bin/esbuild"), {
        args,
        cwd: path,
      });
      assert.ok(code === 0 && !stderr.includes("WARNING"), stderr);
      const policy =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";
      await writePage(
        `${path}/dist`,
        "page.js",
        `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
      );
      await assertAnswers(`${path}/dist`, await writeInputs(`${path}/dist`));
    },
  );
}

bundlerTest(
  "esbuild bundles f32, with tfjs beside it",
  async ({ path }, bin) => {
    const names = ["core", "backend-wasm", "backend-webgpu", "backend-cpu"];
    const tfjs = names.map((it) => `@tensorflow/tfjs-${it}@4.22.0`);
    await run("npm", ["install", "--prefer-offline", ...tfjs], path);
    await run(bin("esbuild/bin/esbuild"), [
      ..."page_f32.js --bundle --format=esm --splitting --outdir=dist".split(
        " ",
      ),
    ], path);
    await cp(
      `${path}/node_modules/@tensorflow/tfjs-backend-wasm/wasm-out`,
      `${path}/dist/tfjs`,
      { recursive: true },
    );
    await writePage(`${path}/dist`, "page_f32.js");
    await writeInputs(`${path}/dist`);
    await using visited = await visit(shared.browser, `${path}/dist`);
    const { answers, detail } = await readAnswers(visited.page);
    assert.equal(detail, "wasm f32");
    const bytes = await Deno.readFile(`${path}/dist/model.safetensors`);
    using classifier = await load(bytes, { precision: "f32", backend: "wasm" });
    const [photo] = INPUTS;
    const expected = await classifier.classify(`${path}/dist/${photo}`);
    const found = answers as typeof expected;
    assert.equal(found.length, expected.length);
    for (const [i, { label, probability }] of found.entries()) {
      assert.equal(label, expected[i]!.label);
      assert.ok(Math.abs(probability - expected[i]!.probability) < 1e-4);
    }
  },
);

bundlerTest("a page without a bundler has an import map", async ({ path }) => {
  const map = {
    imports: {
      "@totem/inception": "./inception/mod.js",
    },
  };
  await Deno.rename(
    `${path}/node_modules/@totem/inception`,
    `${path}/inception`,
  );
  await writePage(
    path,
    "page.js",
    `<script type="importmap">${JSON.stringify(map)}</script>`,
  );
  await assertAnswers(path, await writeInputs(path));
});

const VITE: Readonly<Record<string, string>> = {
  7: "vite-7/bin/vite.js",
  8: "vite/bin/vite.js",
};

/** Passes a project to `test`, and the path of a file in the bundlers' packages. */
function bundlerTest(
  name: string,
  test: (project: Folder, bin: (path: string) => string) => Promise<void>,
): void {
  const fullName = CHROMIUM ? name : `${name} (Chromium is absent)`;
  npmTest(tools, fullName, async ({ path }) => {
    await using project = await copyProject(installed!);
    await test(project, (it) => `${path}/node_modules/${it}`);
  });
}

async function writePage(
  folder: string,
  script: string,
  head = "",
): Promise<void> {
  await Deno.writeTextFile(
    `${folder}/index.html`,
    `<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    ${head}
  </head>
  <body>
    <output data-names="${INPUTS.join(" ")}"></output>
    <script type="module" src="./${script}"></script>
  </body>
</html>
`,
  );
}

/** The chunks that import the worker's file, which WebKit would run again for them. */
async function importersOfWorker(dist: string): Promise<string[]> {
  const importers = [];
  for await (const { name } of Deno.readDir(`${dist}/assets`)) {
    if (!name.endsWith(".js")) continue;
    const text = await Deno.readTextFile(`${dist}/assets/${name}`);
    if (/["'`]\.\/worker-[^"'`]*["'`]/.test(text)) importers.push(name);
  }
  return importers;
}

async function writePublic(project: string): Promise<unknown> {
  await Deno.mkdir(`${project}/public`);
  return await writeInputs(`${project}/public`);
}

/**
 * Visits the page in `folder`: all answers must be Deno's, with the maximum of threads.
 */
async function assertAnswers(folder: string, expected: unknown): Promise<void> {
  await using visited = await visit(shared.browser, folder);
  const { answers, detail } = await readAnswers(visited.page);
  assert.deepEqual(answers, expected);
  const cores = navigator.hardwareConcurrency;
  if (cores > 1) assert.match(detail, /\b\d+ threads/);
}

async function readAnswers(
  page: Page,
): Promise<{ readonly answers: unknown; readonly detail: string }> {
  const output = page.locator("output:not(:empty)");
  await output.waitFor({ state: "attached", timeout: 180_000 });
  const found = JSON.parse((await output.textContent())!);
  assert.equal(found.error, undefined, found.error);
  return found;
}

/** Starts Vite's server on a free port. */
async function serveByVite(
  vite: string,
  project: string,
): Promise<AsyncDisposable & { readonly address: string }> {
  const process = new Deno.Command("node", {
    args: [vite, "--host", "127.0.0.1", "--port", "0"],
    cwd: project,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  let address;
  while (
    (address = printed.match(/http:\/\/127\.0\.0\.1:\d+\//)?.[0]) == null
  ) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`Vite has ended: ${printed}`);
    printed += value;
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await reader.cancel();
    },
  };
}
