import assert from "node:assert/strict";
import { readIndex } from "../../src/search/mod.ts";
import { run } from "./in_process.ts";
import { photoFolder } from "./indexed_folder.ts";
import { PHOTOS } from "./totem.ts";

Deno.test("totem index --files-from indexes what the list names, and keeps the rest if it is told to", async () => {
  await using work = await photoFolder();
  const { photos, out } = work;
  const index = async (list: string, ...options: string[]) => {
    const args = ["--out", out, ...work.model, "--files-from", "-", ...options];
    return await run(["index", photos, ...args], {
      stdin: new TextEncoder().encode(list),
    });
  };
  const names = async () => {
    const found = await readIndex((await Deno.open(out)).readable);
    return found.images.map(({ name }) => name).sort();
  };
  const fig = `${photos}/land/../fig.jpg`;
  const alp = `${photos}/land/alp.jpg`;
  const first = await index(`${fig}\n${alp}\n${photos}/fig.jpg\n`);
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  assert.match(first.stdout, /2 images, 2 computed; 0 removed, 0 failed\n$/);
  assert.deepEqual(await names(), ["fig.jpg", "land/alp.jpg"]);

  const drum = `${photos}/drum.jpg`;
  const added = await index(`${drum}\0${alp}\0`, "-0", "--keep");
  assert.match(added.stdout, /3 images, 1 computed; 0 removed/);
  const fewer = await index(drum);
  assert.match(fewer.stdout, /1 image, 0 computed; 2 removed/);

  const odd = ["gone.jpg", `${PHOTOS}/fig.jpg`, photos, drum];
  const mixed = await index(odd.join("\n"));
  assert.equal(mixed.code, 1);
  assert.match(mixed.stderr, /error gone\.jpg: it isn't in .*photos\n/);
  assert.match(mixed.stderr, /photos\/fig\.jpg: it isn't in .*photos\n/);
  assert.match(mixed.stdout, /1 image, 0 computed; 0 removed, 3 failed/);

  for (
    const [list, reason] of [
      ["", /Cannot use .*photos: this list names no image: standard input/],
      ["gone.jpg", /Cannot use .*photos: it isn't in .*: gone\.jpg/],
    ] as const
  ) {
    const refused = await index(list);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(refused.stderr, reason);
    assert.deepEqual(await names(), ["drum.jpg"]);
  }
  const lost = await index(`${photos}/lost.jpg`);
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /lost\.jpg: there is no such file/);
  assert.match(
    lost.stdout,
    /^nothing was indexed, 1 failed: .* stays as it was/,
  );
  assert.deepEqual(await names(), ["drum.jpg"]);
});
