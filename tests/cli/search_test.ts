import assert from "node:assert/strict";
import { search } from "../../src/cli/search.ts";
import { readIndex, SearchIndex, writeIndex } from "../../src/search/mod.ts";
import { badPhotos } from "./bad_photos.ts";
import { run, unseen } from "./in_process.ts";
import { photoFolder } from "./indexed_folder.ts";
import { PHOTOS } from "./totem.ts";

Deno.test("totem search gives similar images, the photo itself first", async () => {
  await using work = await photoFolder();
  await work.index();
  const text = await work.searchThere(`${PHOTOS}/alp.jpg`);
  assert.equal(text.stderr, "");
  assert.equal(text.code, 0);
  const lines = text.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.equal(lines[0], "  1.000  photos/land/alp.jpg");
  for (const line of lines) assert.match(line, /^ {2}[01]\.\d{3} {2}photos\//);

  const photo = `${work.photos}/fig.jpg`;
  const json = await work.search(photo, "--top", "2", "--json");
  const found = json.stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.equal(found.length, 2);
  assert.ok(found[0].file.endsWith("/photos/fig.jpg"), found[0].file);
  assert.ok(found[0].similarity > found[1].similarity);
});

Deno.test("totem search searches for standard input, and shows images in a page", async () => {
  await using work = await photoFolder();
  await Deno.rename(`${work.photos}/fig.jpg`, `${work.photos}/a #1 "&.jpg`);
  await work.index();
  const stdin = await Deno.readFile(`${PHOTOS}/fig.jpg`);
  const folder = await work.search("x.jpg", "--html", work.photos);
  assert.equal(folder.code, 1);
  assert.match(folder.stderr, /Cannot write .*photos: it is a folder/);
  const path = `${work.path}/pages/similar.html`;
  const piped = await run(
    ["search", "-", "--index", work.out, ...work.model, "--html", path],
    { stdin },
  );
  assert.equal(piped.stderr, "");
  const html = await Deno.readTextFile(path);
  const sources = [...html.matchAll(/<img [^>]*src="([^"]*)"/g)]
    .map(([, src]) => src!);
  assert.equal(sources.length, 3);
  assert.equal(sources[0], "../photos/a%20%231%20%22%26.jpg");
  const page = new URL(`file://${path}`);
  for (const src of sources) await Deno.stat(new URL(src, page));

  // Also when nobody reads the output.
  const unread = await run([
    ...["search", `${PHOTOS}/fig.jpg`, "--index", work.out, ...work.model],
    ...["--html", `${work.path}/unread.html`],
  ], { isBroken: true });
  assert.equal(unread.code, 0);
  await Deno.stat(`${work.path}/unread.html`);
});

Deno.test("totem search finds images also when folder and index were moved", async () => {
  await using work = await photoFolder();
  await work.index();
  await Deno.mkdir(`${work.path}/moved`);
  await Deno.rename(work.photos, `${work.path}/moved/photos`);
  const index = `${work.path}/moved/index.safetensors`;
  await Deno.rename(work.out, index);
  const found = await work.search(`${PHOTOS}/fig.jpg`, "--index", index);
  assert.match(found.stdout, /^ {2}1\.000 {2}\S+\/moved\/photos\/fig\.jpg\n/);
});

Deno.test("totem search of several indexes gives what one of all images gives", async () => {
  await using work = await photoFolder();
  // The same photo three times: equal results are in the order of files.
  await Deno.mkdir(`${work.photos}/sea`);
  for (const copy of ["land/0.jpg", "sea/fig.jpg"]) {
    await Deno.copyFile(`${PHOTOS}/fig.jpg`, `${work.photos}/${copy}`);
  }
  await work.index();
  const parts = `${work.path}/parts`;
  for (const [i, part] of ["land", "sea"].entries()) {
    const args = [
      `${work.photos}/${part}`,
      "--out",
      `${parts}/${i}.safetensors`,
    ];
    assert.equal((await run(["index", ...args, ...work.model])).code, 0);
  }
  for (const name of ["drum", "fig"]) {
    await Deno.rename(
      `${work.photos}/${name}.jpg`,
      `${work.photos}/sea/${name}2.jpg`,
    );
  }
  const last = [`${work.photos}/sea`, "--out", `${parts}/1.safetensors`];
  assert.equal((await run(["index", ...last, ...work.model])).code, 0);
  await work.index("--out", `${work.path}/all.safetensors`);

  const search = async (...args: string[]) => {
    const photo = `${work.photos}/land/alp.jpg`;
    const { code, stdout, stderr } = await work.search(
      photo,
      "--json",
      ...args,
    );
    assert.equal(stderr, "");
    assert.equal(code, 0);
    return stdout.trimEnd().split("\n");
  };
  const all = await search("--index", `${work.path}/all.safetensors`);
  assert.equal(all.length, 5);
  const [land, sea] = [`${parts}/0.safetensors`, `${parts}/1.safetensors`];
  for (
    const indexes of [
      [land, sea],
      [land, `${parts}/../parts/0.safetensors`, sea, land],
      [`${parts}/*.safetensors`],
      [land, `${parts}/[1-9].safetensors`],
    ]
  ) {
    const args = indexes.flatMap((it) => ["--index", it]);
    for (const top of [1, 3, 9]) {
      const found = await search(...args, "--top", `${top}`);
      assert.deepEqual(found, all.slice(0, top));
    }
  }
});

Deno.test("totem search names the one of several indexes that can't be searched", async () => {
  await using work = await photoFolder();
  await work.index();
  const other = `${work.path}/other.safetensors`;
  await work.index("--variant", "107", "--out", other);
  const photo = `${PHOTOS}/fig.jpg`;
  const search = (path: string) =>
    work.search(photo, "--index", work.out, "--index", path);
  const cases: [path: string, message: RegExp][] = [
    [
      other,
      /^error \S+other\.safetensors: Cannot use this model .* at 107 pixels: this one has 75 pixels\. Give the same --model/,
    ],
    [
      `${work.path}/x`,
      /Cannot search \S+\/x: there is no such file: totem index makes it\n/,
    ],
    [
      `${work.path}/x*`,
      /Cannot search \S+\/x\*: no file matches this pattern\n/,
    ],
    ["", /Cannot read "": a path must not be empty\n/],
    [
      work.photos,
      /Cannot search \S+photos: it has no plan\.json, so it isn't a batch run: totem index makes an index of a folder of images\n/,
    ],
    [photo, /fig\.jpg: it is an image, not an index\n/],
  ];
  for (const [path, message] of cases) {
    const { code, stdout, stderr } = await search(path);
    assert.match(stderr, message);
    assert.equal(code, 1);
    assert.equal(stdout, "");
  }
  const html = `${work.path}/similar.html`;
  await Deno.copyFile(work.out, html);
  const input = await work.search(photo, "--index", html, "--html", html);
  assert.equal(input.code, 1);
  assert.match(input.stderr, /similar\.html/);
});

Deno.test("totem search refuses other models, and files that are no index", async () => {
  await using work = await photoFolder();
  const photo = `${PHOTOS}/fig.jpg`;
  const absent = await work.search(photo);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /no such file: totem index makes it/);
  await work.index();
  const other = await work.search(photo, "--variant", "107");
  assert.equal(other.code, 1);
  assert.match(other.stderr, /at 75 pixels: this one has 107 pixels/);
  assert.equal(other.stdout, "");
  await Deno.truncate(work.out, 1000);
  const cut = await work.search(photo);
  assert.equal(cut.code, 1);
  assert.match(cut.stderr, /index\.safetensors: Cannot read safetensors/);
});

Deno.test("totem search names a photo that it can't decode", async () => {
  await using work = await photoFolder();
  await work.index();
  for (const { file, message } of await badPhotos(work.path)) {
    const { code, stdout, stderr } = await work.search(file);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.ok(stderr.startsWith(`error ${file}: Cannot `), stderr);
    assert.match(stderr, message);
  }
});

Deno.test("totem search gives a terminal no orders of a hostile index", async () => {
  await using work = await photoFolder();
  await work.index();
  const { model, root }: SearchIndex = await readIndex(
    (await Deno.open(work.out)).readable,
  );
  const hostile = await SearchIndex.create({ model, root });
  const name = "\x1b]0;owned\x07\n<script>.jpg";
  const features = new Float32Array(hostile.featureCount).fill(1);
  hostile.add({ name, version: "" }, features);
  await Deno.writeFile(work.out, writeIndex(hostile).stream);
  const html = `${work.path}/similar.html`;
  const found = await work.search(`${PHOTOS}/fig.jpg`, "--html", html);
  assert.equal(found.code, 0);
  assert.match(
    found.stdout,
    /^ {2}\d\.\d{3} {2}\S+\/photos\/\ufffd\]0;owned\ufffd\ufffd<script>\.jpg\n$/,
  );
  assert.ok(!(await Deno.readTextFile(html)).includes("<script"));
});

Deno.test("totem search tells wrong usage before anything is read", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["photo.jpg"], /without --index INDEX/],
    [["--index", "x"], /without a PHOTO/],
    [["photo.jpg", "--index", "x", "--top", "0"], /--top 0/],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(search.run(args, unseen()), {
      name: "UsageError",
      message,
    });
  }
});

Deno.test("an index of another model than the default asks for that model, before any is loaded", async () => {
  await using work = await photoFolder();
  await work.index();
  for (
    const args of [
      ["search", `${PHOTOS}/fig.jpg`, "--index", work.out],
      ["index", work.photos, "--out", work.out],
    ]
  ) {
    const { code, stderr } = await run(args);
    const [, file] = work.model;
    assert.equal(
      stderr.split("\n")[0],
      `error Cannot use ${work.out} with the model "nsfw" as it is an index of "${file}": give --model ${file}`,
    );
    assert.equal(code, 2);
  }
});
