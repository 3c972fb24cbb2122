/**
 * A photo has the same answer in every common format, on the command line and in the
 * server. `tests/data/formats` has the files.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decodeImage, load, type Pixels } from "../../mod.ts";
import { FORMATS } from "../../src/image/formats.ts";
import { createHandler } from "../../src/server/mod.ts";
import { fileStore, loadQuantized } from "../../src/weights/mod.ts";
import { nsfwIsInstalled } from "../nsfw.ts";
import { cacheIn, totem } from "../cli/totem.ts";

const FOLDER = fileURLToPath(new URL("../data/formats", import.meta.url));

interface PhotoFile {
  readonly file: string;
  /** The largest mean difference of the photo's levels from `photo.png`. */
  readonly difference: number;
}

const FILES: readonly PhotoFile[] = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}/files.json`),
);

interface Answer {
  readonly label: string;
  readonly probability: number;
}

const read = (file: string) => Deno.readFile(`${FOLDER}/${file}`);

/** The mean difference of levels. */
function differenceOf(a: Pixels, b: Pixels): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    sum += Math.abs(a.data[i]! - b.data[i]!);
  }
  return sum / (a.width * a.height * 3);
}

Deno.test("a photo is the same upright image in every format", async () => {
  const photo = await decodeImage(await read("photo.png"));
  for (const { file, difference } of FILES) {
    const found = differenceOf(await decodeImage(await read(file)), photo);
    assert.ok(found <= difference, `${file} differs by ${found} levels`);
  }
  // With a wrong orientation, it would differ by far more.
  const { width, height } = photo;
  const upsideDown = new Uint32Array(photo.data.slice().buffer).toReversed();
  const data = new Uint8Array(upsideDown.buffer);
  assert.ok(differenceOf({ data, width, height }, photo) > 30);
});

Deno.test("the photo's files are of all formats that are decoded", async () => {
  const found = new Set<string>();
  for (const { file } of FILES) {
    const bytes = await read(file);
    for (const [name, { matches }] of Object.entries(FORMATS)) {
      if (matches(bytes)) found.add(name);
    }
  }
  assert.deepEqual([...found].sort(), Object.keys(FORMATS).sort());
});

Deno.test("a folder of a photo in every format is classified alike by totem classify and the server", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const store = fileStore(cache);
    {
      using _ = nsfwIsInstalled();
      await loadQuantized("nsfw", { store });
    }
    const args = ["classify", "--json", FOLDER];
    const { code, stdout, stderr } = await totem(args, cacheIn(cache));
    assert.equal(code, 0, stderr);
    // The script that made them, the list, and the photo's attribution.
    assert.match(stderr, /^skipped 3 files: [^\n]*\n$/);
    const lines: { readonly file: string; readonly classes: Answer[] }[] =
      stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
    const shown = new Map(
      lines.map((
        { file, classes },
      ) => [file.slice(FOLDER.length + 1), classes]),
    );
    assert.deepEqual(
      [...shown.keys()].sort(),
      FILES.map(({ file }) => file).sort(),
    );
    const expected = shown.get("photo.png")!;
    for (const { file, difference } of FILES) {
      const classes = shown.get(file)!;
      assert.equal(classes[0]!.label, "Neutral", file);
      for (const { label, probability } of expected) {
        const found = classes.find((it) => it.label === label)!.probability;
        const most = difference === 0 ? 0 : 0.01;
        assert.ok(
          Math.abs(found - probability) <= most,
          `${file}: ${found} of ${label} where photo.png has ${probability}`,
        );
      }
    }

    using classifier = await load("nsfw", { store });
    const handler = createHandler(classifier);
    for (const { file } of FILES) {
      const response = await handler(
        new Request("http://totem.test/classify", {
          method: "POST",
          body: await read(file),
          headers: { "content-type": "application/octet-stream" },
        }),
      );
      const { classes } = await response.json();
      assert.deepEqual(classes, shown.get(file), file);
    }
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
