/**
 * The disk space of a first run, with an empty Deno cache. docs/install.md has the
 * sizes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmHas } from "../npm_has.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const PHOTO = fileURLToPath(
  new URL("examples/photos/cocker_spaniels.jpg", ROOT),
);
const MB = 1e6;

const ONLINE = await npmHas("nsfwjs/4.3.0");

Deno.test({
  name: `the README's first command leaves 40 MB at most${
    ONLINE ? "" : " (skipped: npm's registry can't be reached)"
  }`,
  ignore: !ONLINE,
  async fn() {
    await using folder = await temporaryFolder();
    const locks = await locksOf();
    const args = ["task", "totem", "classify", PHOTO];
    const { output, packages, bytes } = await measure(folder.path, args);
    assert.match(output, / Neutral$/m);
    assert.deepEqual(packages, []);
    // The model is in the command line's cache, beside Deno's.
    const all = bytes + await sizeOf(`${folder.path}/models`);
    assert.ok(20 * MB < all && all < 40 * MB, `${all}`);
    assert.deepEqual(await locksOf(), locks);
  },
});

Deno.test({
  name: `the first HEIC brings no other package than its decoder${
    ONLINE ? "" : " (skipped: npm's registry can't be reached)"
  }`,
  ignore: !ONLINE,
  async fn() {
    await using folder = await temporaryFolder();
    await using model = await fileOf(await narrowNetwork());
    const photo = fileURLToPath(new URL("tests/data/formats/photo.heic", ROOT));
    const locks = await locksOf();
    const args = ["task", "totem", "classify", "--model", model.path, photo];
    const { output, packages, bytes } = await measure(folder.path, args);
    assert.match(output, / class \d+$/m);
    assert.deepEqual(packages, ["libheif-js"]);
    assert.ok(bytes < 25 * MB, `${bytes}`);
    assert.deepEqual(await locksOf(), locks);
  },
});

Deno.test("a command without a known model leaves 20 MB at most", async () => {
  await using folder = await temporaryFolder();
  const { bytes } = await measure(folder.path, ["task", "totem", "doctor"]);
  assert.ok(bytes < 20 * MB, `${bytes}`);
});

for (
  const [entry, limit] of [
    ["@totem/inception", 20 * MB],
    ["@totem/inception/int8", 8 * MB],
  ] as const
) {
  Deno.test(`a program that imports ${entry} leaves ${limit / MB} MB at most`, async () => {
    await using folder = await temporaryFolder();
    await using model = await fileOf(await narrowNetwork());
    const project = `${folder.path}/project`;
    await Deno.mkdir(project);
    // Like an install from JSR, but from this folder.
    await Deno.writeTextFile(
      `${project}/deno.json`,
      JSON.stringify({
        links: [fileURLToPath(ROOT)],
        imports: {
          [entry]: entry.replace(/^(@\w+\/\w+)/, "jsr:$1@*"),
        },
      }),
    );
    await Deno.writeTextFile(
      `${project}/main.ts`,
      `import { load } from "${entry}";
      using classifier = await load(${JSON.stringify(model.path)});
      const photo = await Deno.readFile(${JSON.stringify(PHOTO)});
      console.log((await classifier.classify(photo)).length);
      console.log(classifier.backend.precision);`,
    );
    const { output, packages, bytes } = await measure(
      folder.path,
      ["run", "--allow-read", "main.ts"],
      project,
    );
    assert.equal(output, "5\nint8\n");
    assert.deepEqual(packages, []);
    assert.ok(bytes < limit, `${bytes}`);
    // Type-checking doesn't download packages for their types, either.
    const checked = await measure(folder.path, ["check", "main.ts"], project);
    assert.deepEqual(checked.packages, []);
    // No npm package enters its lock, either.
    const lock = await Deno.readTextFile(`${project}/deno.lock`)
      .catch(() => "");
    assert.doesNotMatch(lock, /npm:/);
  });
}

/** Runs Deno with empty caches in `folder`. */
async function measure(
  folder: string,
  args: readonly string[],
  cwd = fileURLToPath(ROOT),
) {
  const cache = `${folder}/deno`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { TOTEM_CACHE: `${folder}/models`, DENO_DIR: cache, NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const output = new TextDecoder().decode(stdout);
  const packages = await namesIn(`${cache}/npm/registry.npmjs.org`);
  return { output, packages, bytes: await sizeOf(cache) };
}

/** The bytes of all files in a folder, except logs of SQLite databases. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, isDirectory } of await entriesOf(folder)) {
    const path = join(folder, name);
    if (isDirectory) bytes += await sizeOf(path);
    // These duplicate database content: 0 to 6 MB, by chance.
    else if (!/-(wal|shm)$/.test(name)) bytes += (await Deno.stat(path)).size;
  }
  return bytes;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await entriesOf(folder)).map(({ name }) => name);
}

async function entriesOf(folder: string): Promise<readonly Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
}

async function locksOf(): Promise<readonly string[]> {
  return await Promise.all(
    ["deno.lock", "totem.lock"].map((name) =>
      Deno.readTextFile(new URL(name, ROOT))
    ),
  );
}
