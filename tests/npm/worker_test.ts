/** The package in a fresh Cloudflare Worker, which can't compile WASM from bytes. */
import assert from "node:assert/strict";
import { load } from "../../src/int8.ts";
import {
  addImages,
  describeModel,
  findSimilar,
  SearchIndex,
  writeIndex,
} from "../../src/search/mod.ts";
import { filesHandler } from "../../examples/browser/serve.ts";
import { findWorkerd, startWorkerd } from "../examples/running_server.ts";
import {
  ALL_INPUTS,
  HEIC_PACKAGE,
  newProject,
  npmTest,
  prepareTests,
  run,
  writeInputs,
} from "./project.ts";

const workerd = await findWorkerd();
let file: string;
const tools = workerd === null
  ? null
  : await prepareTests(["esbuild@0.28.2"], (packed) => void (file = packed));

npmTest(
  tools,
  workerd === null
    ? "a Worker (there is no workerd)"
    : "a Worker classifies and searches by the modules in ./wasm, as Deno does",
  async (tools) => {
    await using project = await newProject("worker", [file, HEIC_PACKAGE]);
    const { path } = project;
    await Deno.mkdir(`${path}/assets`);
    await writeInputs(`${path}/assets`, ALL_INPUTS);

    const model = await Deno.readFile(`${path}/assets/model.safetensors`);
    using classifier = await load(model, { activationBits: 7 });
    const index = await SearchIndex.create({
      model: await describeModel(classifier, "narrow"),
      root: "images",
    });
    const images = ALL_INPUTS.map((name) => ({
      name,
      version: "1",
      image: `${path}/assets/${name}`,
    }));
    for await (const { error } of addImages(index, classifier, images)) {
      assert.equal(error, undefined);
    }
    await Deno.writeFile(
      `${path}/assets/index.safetensors`,
      writeIndex(index).stream,
    );

    await run(`${tools.path}/node_modules/esbuild/bin/esbuild`, [
      ..."worker.js --bundle --format=esm --outdir=dist".split(" "),
      ..."--loader:.wasm=copy --asset-names=[name]".split(" "),
      ...["jpeg", "png", "webp", "avif", "relaxed", "plain"].map((name) =>
        `--external:*/modules/${name}.js`
      ),
    ], path);
    await using assets = serveFiles(`${path}/assets`);
    await writeConfig(path, assets.address);
    await using worker = await startWorkerd(workerd!, path);
    for (const name of ALL_INPUTS) {
      const body = await Deno.readFile(`${path}/assets/${name}`);
      const response = await fetch(worker.address, { method: "POST", body });
      assert.equal(response.status, 200, await response.clone().text());
      const { classes, alike } = await response.json();
      assert.deepEqual(classes, await classifier.classify(body), name);
      assert.equal(alike[0].name, name);
      assert.deepEqual(alike, await findSimilar(index, classifier, body), name);
    }
  },
);

/** Lists the modules that the bundle imports. */
async function writeConfig(path: string, assets: string): Promise<void> {
  const config = await Deno.readTextFile(`${path}/config.capnp`);
  const modules = Array.from(
    Deno.readDirSync(`${path}/dist`),
    ({ name }) => name,
  )
    .filter((it) => it.endsWith(".wasm"))
    .map((it) => `(name = "${it}", wasm = embed "dist/${it}"),`);
  assert.equal(modules.length, 9);
  await Deno.writeTextFile(
    `${path}/config.capnp`,
    config.replace('ASSETS", http', `${assets}", http`)
      .replace("MODULES", modules.join("\n    ")),
  );
}

function serveFiles(
  folder: string,
): AsyncDisposable & { readonly address: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    filesHandler([folder], false),
  );
  return {
    address: `127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
