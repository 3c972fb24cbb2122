/** The package as Node gets it from npm. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { load, type LoadOptions } from "../../mod.ts";
import { buildNpm, filesIn } from "../../tools/build_npm.ts";
import { largeWebpFile } from "../image/webp/blank_webp.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";

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
  const script = new URL("node/classify.mjs", import.meta.url);
  await Deno.copyFile(script, `${folder}/classify.mjs`);
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
      parallel: "images",
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
          /(?:from|import\()\s*"([^."][^"]*)"/g,
        )
      ) {
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
    /not found: npm install @tensorflow\/tfjs-core@4\S+ @tensorflow\/tfjs-backend-wasm@4/,
  );
});

// Whatever Node there is here, others and Safari don't know it.
Deno.test("the package for npm has no `using`, a syntax error in Node 20", async () => {
  for (const code of await modules()) {
    assert.doesNotMatch(code, /^\s*(await )?using \w+ =/m);
  }
});

/** The package's description of itself. */
async function manifest() {
  const path = `${folder}/node_modules/@totem/inception/package.json`;
  return JSON.parse(await Deno.readTextFile(path));
}

/** The code of all of its modules. */
async function modules(): Promise<readonly string[]> {
  const files = await filesIn(`${folder}/node_modules/@totem/inception`);
  const scripts = files.filter((it) => it.endsWith(".js"));
  assert.ok(scripts.some((it) => it.endsWith("/src/train/mod.js")));
  return await Promise.all(scripts.map((it) => Deno.readTextFile(it)));
}

/** Of one machine Deno may have fast instructions for 8 bits, and Node not. */
const EIGHT_BITS = { activationBits: 8 } as const;

/** What Node prints for a photo: classes, or the code of an error. */
async function classifyInNode(photo: URL, options: unknown): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: [
      "classify.mjs",
      model.path,
      fileURLToPath(photo),
      JSON.stringify(options),
    ],
    cwd: folder,
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

/** Registers a test that is skipped with a message where Node is absent. */
function testInNode(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: NODE ? name : `${name} (skipped: Node is absent)`,
    ignore: !NODE,
    fn: run,
  });
}
