/** The package as Node gets it from npm. */
import assert from "node:assert/strict";
import { load, type LoadOptions } from "../../mod.ts";
import { buildNpm } from "../../src/build_npm.ts";
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
  const { dependencies } = await buildNpm(
    `${folder}/node_modules/@totem/inception`,
  );
  for (const name of Object.keys(dependencies)) {
    // Deno has them already, each in a folder of its own.
    const manifest = new URL(import.meta.resolve(`${name}/package.json`));
    const link = `${folder}/node_modules/${name}`;
    await Deno.mkdir(new URL(`file://${link}/..`), { recursive: true });
    await Deno.symlink(new URL(".", manifest), link, { type: "dir" });
  }
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
    for (const name of ["color.png", "lossy.webp"]) {
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
  "the package for npm has what it imports among its dependencies",
  async () => {
    const path = `${folder}/node_modules/@totem/inception/`;
    const text = await Deno.readTextFile(`${path}package.json`);
    const { dependencies, peerDependencies } = JSON.parse(text);
    for (const { name, isFile } of Deno.readDirSync(path)) {
      if (!isFile || !name.endsWith(".js")) continue;
      const code = await Deno.readTextFile(path + name);
      for (
        const [, imported] of code.matchAll(
          /(?:from|import\()\s*"([^."][^"]*)"/g,
        )
      ) {
        const [scope, part] = imported!.split("/");
        const wanted = scope!.startsWith("@") ? `${scope}/${part}` : scope!;
        assert.ok(wanted in { ...dependencies, ...peerDependencies }, imported);
      }
    }
  },
);

/** Of one machine Deno may have fast instructions for 8 bits, and Node not. */
const EIGHT_BITS = { activationBits: 8 } as const;

/** What Node prints for a photo: classes, or the code of an error. */
async function classifyInNode(photo: URL, options: unknown): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command("node", {
    args: [
      "classify.mjs",
      model.path,
      photo.pathname,
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
