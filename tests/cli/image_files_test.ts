import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  findInputs,
  readBytes,
  walkInputs,
} from "../../src/cli/image_files.ts";
import { testStreams } from "./in_process.ts";
import { folderWith } from "./folder_with.ts";
import { onFolderRead } from "./on_folder_read.ts";
import { unreadable } from "./unreadable.ts";

Deno.test("findInputs() takes a glob with two slashes for one with one", async () => {
  const photos = fileURLToPath(
    new URL("../../examples/photos/", import.meta.url),
  );
  const { files } = await findInputs([`${photos}/dr*.jpg`]);
  assert.deepEqual(files, [`${photos}dragonfly.jpg`, `${photos}drum.jpg`]);
});

Deno.test("readBytes() gives what is in a file", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "photo");
  assert.equal(
    new TextDecoder().decode(await readBytes(path, testStreams())),
    "photo",
  );
  await Deno.remove(path);
  await assert.rejects(readBytes(path, testStreams()), {
    name: "FileError",
    code: "file",
    message: `Cannot read ${path}: there is no such file or folder`,
  });
  await assert.rejects(readBytes("https://example.org/a.jpg", testStreams()), {
    message: /a\.jpg: addresses aren't read: download the image first$/,
  });
  const folder = fileURLToPath(new URL(".", import.meta.url));
  await assert.rejects(readBytes(folder, testStreams()), {
    message: `Cannot read ${folder}: it is a folder`,
  });
});

Deno.test("findInputs() goes on after a folder that can't be read, and names it", async () => {
  await using folder = await folderWith(["a/x.jpg", "secret/y.jpg", "z.jpg"]);
  const { path } = folder;
  using _ = unreadable(`${path}/secret`);
  const { files, problems } = await findInputs([path]);
  assert.deepEqual(files, [`${path}/a/x.jpg`, `${path}/z.jpg`]);
  const secret = {
    path: `${path}/secret`,
    reason: "its permissions don't allow it",
  };
  assert.deepEqual(problems, [secret]);
  // An unreadable folder is reported only once.
  assert.deepEqual((await findInputs([`${path}/secret`])).problems, [secret]);
});

Deno.test("walkInputs() gives files and problems in order, and looks no farther than it is asked", async () => {
  await using folder = await folderWith([
    "a/1.jpg",
    "a/b/2.jpg",
    "a/c/3.txt",
    "d/e/4.jpg",
    "d/f/5.jpg",
  ]);
  const { path } = folder;
  using _ = unreadable(`${path}/a/c`);
  const read: string[] = [];
  using _reading = onFolderRead((it) => read.push(it.slice(path.length + 1)));
  const inputs = walkInputs([`${path}/a`, `${path}/none`, `${path}/d/*/*.jpg`]);
  const next = async () => {
    const { value, done } = await inputs.next();
    assert.ok(!done);
    return "file" in value ? value.file : `${value.path}: ${value.reason}`;
  };
  assert.deepEqual([await next(), read], [`${path}/a/1.jpg`, ["a"]]);
  assert.equal(await next(), `${path}/a/b/2.jpg`);
  assert.deepEqual(read, ["a", "a/b"]);
  assert.match(await next(), /a\/c: its permissions don't allow it$/);
  assert.match(await next(), /none: there is no such file or folder$/);
  assert.deepEqual(read, ["a", "a/b", "a/c"]);
  assert.equal(await next(), `${path}/d/e/4.jpg`);
  assert.deepEqual(read.slice(3), ["d", "d/e"]);
  assert.equal(await next(), `${path}/d/f/5.jpg`);
  assert.equal((await inputs.next()).done, true);
});

Deno.test("findInputs() counts what it passes over, and says why", async () => {
  await using folder = await folderWith([
    "a.jpg",
    "b.JFIF",
    "c.jpe",
    "d.psd",
    "IMG_1.MOV",
    "IMG_2.mov",
    "e",
    "._a.jpg",
    ".thumbnails/f.jpg",
    "more/g.jpg",
  ]);
  const { path } = folder;
  await Deno.symlink(`${path}/more`, `${path}/link`);
  await Deno.symlink(`${path}/a.jpg`, `${path}/z.jpg`);
  await Deno.symlink("nowhere", `${path}/broken.jpg`);
  const { files, problems, passedOver } = await findInputs([path]);
  assert.deepEqual(
    files.map((it) => it.slice(path.length + 1)),
    ["a.jpg", "b.JFIF", "c.jpe", "more/g.jpg", "z.jpg"],
  );
  assert.deepEqual(problems, []);
  assert.equal(
    passedOver.describe(),
    "skipped 7 files: 2 hidden, 2 .mov, 1 broken link or pipe, 1 .psd, 1 without an extension; " +
      `1 folder behind a link: ${path}/link`,
  );
  // A named link is followed, and a named hidden file is accepted.
  const named = await findInputs([`${path}/link`, `${path}/._a.jpg`]);
  assert.deepEqual(named.files, [`${path}/link/g.jpg`, `${path}/._a.jpg`]);
  assert.equal(named.passedOver.describe(), null);
  const hidden = await findInputs([`${path}/.thumbnails/*.jpg`]);
  assert.deepEqual(hidden.files, [`${path}/.thumbnails/f.jpg`]);
});

Deno.test("findInputs() finds images of all formats, whatever the case of their endings", async () => {
  const endings =
    "jpg JPG jpeg Jpeg jpe jfif JFIF png apng webp gif GIF bmp dib tif TIFF tiff avif heic HEIC heif hif HIF"
      .split(" ");
  await using folder = await folderWith([
    ...endings.map((it, i) => `${i}.${it}`),
    "jpg",
    "a.jpgx",
    "b.jpg.txt",
  ]);
  const { files, passedOver } = await findInputs([folder.path]);
  assert.deepEqual(
    files.map((it) => it.slice(it.lastIndexOf(".") + 1)).sort(),
    endings.sort(),
  );
  assert.equal(
    passedOver.describe(),
    "skipped 3 files: 1 .jpgx, 1 .txt, 1 without an extension",
  );
});

Deno.test("findInputs() says of each argument why it stands for nothing", async () => {
  await using folder = await folderWith(["a.jpg", "empty/notes.txt"]);
  const { path } = folder;
  const reasons: readonly [argument: string, reason: string][] = [
    [`${path}/b.jpg`, "there is no such file or folder"],
    [`${path}/a.jpg/b.jpg`, "a part of its path is not a folder"],
    [`${path}/*.png`, "no file matches this pattern"],
    [`${path}/empty`, "no image in this folder"],
    [
      "https://example.org/a.jpg",
      "addresses aren't read: download the image first",
    ],
  ];
  const { files, problems } = await findInputs(reasons.map(([it]) => it));
  assert.deepEqual(files, []);
  assert.deepEqual(
    problems,
    reasons.map(([path, reason]) => ({ path, reason })),
  );
});

Deno.test({
  name:
    "findInputs() takes a backslash at a folder's end for a part of its name",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await folderWith(["x\\/a.jpg", "x/b.jpg"]);
    const { files } = await findInputs([`${folder.path}/x\\`]);
    assert.deepEqual(files, [`${folder.path}/x\\/a.jpg`]);
  },
});

Deno.test({
  name: "findInputs() doesn't wait for a pipe that lies in a folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await folderWith(["a.jpg"]);
    const pipe = `${folder.path}/b.jpg`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await Deno.symlink(pipe, `${folder.path}/c.jpg`);
    const { files, passedOver } = await findInputs([folder.path]);
    assert.deepEqual(files, [`${folder.path}/a.jpg`]);
    assert.match(passedOver.describe()!, /2 files: 2 broken links or pipes/);
    assert.deepEqual((await findInputs([pipe])).files, [pipe]);
  },
});

Deno.test({
  name: "readBytes() opens a pipe once, and reads it to its end",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const writing = Deno.writeTextFile(pipe, "photo ".repeat(1e5));
    const bytes = await readBytes(pipe, testStreams());
    await writing;
    assert.equal(bytes.length, 6e5);
    await Deno.remove(folder, { recursive: true });
  },
});
