/** The npm package in Node. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { load, type LoadOptions } from "../../mod.ts";
import { buildNpm, filesIn } from "../../tools/build_npm.ts";
import { bundle } from "../../tools/bundle.ts";
import { runDeno } from "../../tools/run_deno.ts";
import { ROOT } from "../docs/texts.ts";
import { largeWebpFile } from "../image/webp/blank_webp.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { makeLayersModel } from "../layers_model.ts";
import { importLayersModel } from "../../src/weights/mod.ts";
import { archiveOf, integrityOf } from "../weights/npm_archive.ts";
import { nsfwPackage } from "../weights/nsfw_package.ts";
import { serveFile } from "../weights/store/file_server.ts";

const NODE = await new Deno.Command("node", { args: ["--version"] }).output()
  .then(() => true, () => false);
const IMAGES = new URL("../data/images/", import.meta.url);

const network = await narrowNetwork();
let folder: string;
let model: Awaited<ReturnType<typeof fileOf>>;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir();
  model = await fileOf(network);
  await buildNpm(`${folder}/node_modules/@totem/inception`);
  for (const name of ["classify.mjs", "fetch_nsfw.mjs", "sources.mjs"]) {
    const script = new URL(`node/${name}`, import.meta.url);
    await Deno.copyFile(script, `${folder}/${name}`);
  }
});
Deno.test.afterAll(async () => {
  await model[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

for (
  const [what, options] of [
    ["a file", {}],
    ["bytes", { bytes: true }],
    ["a file, on two threads", { threads: 2 }],
    ["a file, on two threads an image each", {
      threads: 2,
      threading: "throughput",
    }],
    ["a file, in 7 bits", { activationBits: 7 }],
  ] as const
) {
  testInNode(
    `Node loads ${what} and gives the same answer as Deno`,
    async () => {
      const photo = new URL("color.jpg", IMAGES);
      const asked: LoadOptions = { ...EIGHT_BITS, ...options };
      const { activationBits } = asked;
      using classifier = await load(network, { activationBits });
      assert.deepEqual(
        await classifyInNode(photo, asked),
        await classifier.classify(await Deno.readFile(photo)),
      );
    },
  );
}

testInNode(
  "Node takes images and models in all ways that it has, with the answer of Deno",
  async () => {
    const photo = new URL("color.jpg", IMAGES);
    using classifier = await load(network, EIGHT_BITS);
    const expected = await classifier.classify(photo);
    const answers = JSON.parse(
      await runNode(["sources.mjs", model.path, fileURLToPath(photo)]),
    );
    assert.equal(Object.keys(answers).length, 17);
    for (const [source, classes] of Object.entries(answers)) {
      assert.deepEqual(classes, expected, source);
    }
  },
);

testInNode(
  "Node decodes PNG and WebP, and has the package's own errors",
  async () => {
    using classifier = await load(network, EIGHT_BITS);
    await using large = await largeWebpFile();
    for (const name of ["color.png", "lossy.webp", large.url.href]) {
      const photo = new URL(name, IMAGES);
      assert.deepEqual(
        await classifyInNode(photo, EIGHT_BITS),
        await classifier.classify(await Deno.readFile(photo)),
      );
    }
    const noPhoto = new URL("decode.json", IMAGES);
    assert.equal(await classifyInNode(noPhoto, {}), "unsupported-image");
  },
);

testInNode(
  "the package for npm has what it imports among its peers, which are optional",
  async () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } =
      await manifest();
    assert.equal(dependencies, undefined);
    for (const code of await modules()) {
      for (
        const [, imported] of code.replace(/\/\*[^]*?\*\//g, "").matchAll(
          /(?:from|import\()\s*"([^."\n][^"\n]*)"/g,
        )
      ) {
        // Used by the command line's server. Bundlers would refuse it in code for
        // pages.
        if (imported!.startsWith("node:")) continue;
        const [scope, part] = imported!.split("/");
        const wanted = scope!.startsWith("@") ? `${scope}/${part}` : scope!;
        assert.ok(wanted in peerDependencies, imported);
        assert.ok(peerDependenciesMeta[wanted].optional, imported);
      }
    }
  },
);

testInNode("Node is told how to install what f32 needs", async () => {
  const script = `
    const { load } = await import("@totem/inception");
    const options = { backend: "wasm", precision: "f32" };
    await load(${JSON.stringify(model.path)}, options)
      .catch((error) => console.log(error.message));`;
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: ["--input-type=module", "--eval", script],
    cwd: folder,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.match(
    new TextDecoder().decode(stdout),
    /not found: npm install @tensorflow\/tfjs-core@4\S+ @tensorflow\/tfjs-backend-wasm@4\S+, with -g if Totem was/,
  );
});

testInNode(
  "Node misses f32's packages before totem convert downloads a model",
  async () => {
    const photo = fileURLToPath(new URL("color.jpg", IMAGES));
    const args = ["convert", "nsfw", "--out", "a.safetensors"];
    const script = `
    const { main } = await import("@totem/inception/cli");
    await main(${JSON.stringify([...args, "--calibrate", photo])});`;
    const { stderr } = await new Deno.Command("node", {
      args: ["--input-type=module", "--eval", script],
      cwd: folder,
      env: { npm_config_registry: "http://127.0.0.1:9" },
    }).output();
    assert.match(
      new TextDecoder().decode(stderr),
      /^error Cannot load @tensorflow\/tfjs-core, on which f32 runs: npm install/,
    );
  },
);

// Independent of the Node here: other versions and Safari don't support it.
Deno.test("the package for npm has no `using`, a syntax error in Node 20", async () => {
  for (const code of await modules()) {
    assert.doesNotMatch(code, /^\s*(await )?using \w+ =/m);
  }
});

testInNode(
  "Node loads nsfw by name from the package that is installed, and keeps it",
  async () => {
    using classifier = await load("nsfw", { ...EIGHT_BITS, store: false });
    // Makes Deno download it, too.
    await import("npm:nsfwjs@4.3.0/models/inception_v3");
    const { npmCache } = JSON.parse(
      await runDeno(["info", "--json"]),
    );
    const installed = `${npmCache}/registry.npmjs.org/nsfwjs/4.3.0`;
    const link = `${folder}/node_modules/nsfwjs`;
    await Deno.symlink(installed, link, { type: "dir" });
    const cache = `${folder}/cache`;
    const photo = new URL("color.jpg", IMAGES);
    const asked = { source: "nsfw", env: { TOTEM_CACHE: cache } };
    try {
      const expected = await classifier.classify(await Deno.readFile(photo));
      assert.deepEqual(
        await classifyInNode(photo, EIGHT_BITS, asked),
        expected,
      );
      assert.equal([...Deno.readDirSync(cache)].length, 2);
      await Deno.remove(link);
      // From the cache.
      assert.deepEqual(
        await classifyInNode(photo, EIGHT_BITS, asked),
        expected,
      );
    } finally {
      await Deno.remove(link).catch(() => {});
    }
  },
);

testInNode(
  "Node loads nsfw by name from npm's registry, or says what to do",
  async () => {
    const layers = makeLayersModel();
    const bytes = await archiveOf(nsfwPackage(layers));
    const labels = [..."abcdefg"];
    const expected = await importLayersModel(
      layers.modelJson,
      (name) => Promise.resolve(layers.shards.get(name)!),
    );
    await using server = serveFile({ bytes });
    const source = new URL("../../src/weights/nsfw.ts", import.meta.url);
    await bundle(`${folder}/nsfw`, [fileURLToPath(source)], [], ROOT);
    const fetchNsfw = async (registry: string) =>
      JSON.parse(
        await runNode(
          [
            "fetch_nsfw.mjs",
            `${folder}/nsfw/nsfw.js`,
            await integrityOf(bytes),
            JSON.stringify(labels),
          ],
          { npm_config_registry: registry },
        ),
      );
    const { kernel } = expected.weights("Conv2d_1a_3x3");
    assert.deepEqual(await fetchNsfw(new URL(server.url).origin), {
      labels,
      kernel: [...kernel],
    });
    const { code, message } = await fetchNsfw("http://127.0.0.1:9");
    assert.equal(code, "unknown-model");
    assert.match(
      message,
      /^Cannot load the model "nsfw": 127\.0\.0\.1:9 can't be reached: .*\. NPM_CONFIG_REGISTRY can name another registry, or install it with npm install nsfwjs-absent@1\.0\.0$/,
    );
  },
);

/** The package's `package.json`. */
async function manifest() {
  const path = `${folder}/node_modules/@totem/inception/package.json`;
  return JSON.parse(await Deno.readTextFile(path));
}

/** The code of all its modules. */
async function modules(): Promise<readonly string[]> {
  const files = await filesIn(`${folder}/node_modules/@totem/inception`);
  const scripts = files.filter((it) => it.endsWith(".js"));
  assert.ok(scripts.some((it) => it.endsWith("/src/train/mod.js")));
  return await Promise.all(scripts.map((it) => Deno.readTextFile(it)));
}

/** On the same machine Deno may have fast 8-bit instructions, and Node not. */
const EIGHT_BITS = { activationBits: 8 } as const;

/** Node's output for a photo: classes, or an error code. */
async function classifyInNode(
  photo: URL,
  options: unknown,
  { source = model.path, env = {} }: {
    readonly source?: string;
    readonly env?: Record<string, string>;
  } = {},
): Promise<unknown> {
  const path = fileURLToPath(photo);
  const args = ["classify.mjs", source, path, JSON.stringify(options)];
  return JSON.parse(await runNode(args, env));
}

/** Node's output, run in the project's folder. */
async function runNode(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: [...args],
    cwd: folder,
    env,
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** Registers a test that is skipped with a message without Node. */
function testInNode(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: NODE ? name : `${name} (skipped: Node is absent)`,
    ignore: !NODE,
    fn: run,
  });
}
