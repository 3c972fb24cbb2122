import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { parseNpy } from "./parse_npy.ts";
import { int8Folder, PHOTOS, totem } from "./totem.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The files named in lines of JSON, with errors marked. */
function filesOf(stdout: string): string[] {
  return stdout.split("\n").filter((it) => it !== "").map((line) => {
    const { file, error } = JSON.parse(line);
    return error === undefined ? file : `failed ${file}`;
  });
}

Deno.test("--files-from takes the images of a file or of standard input, after the arguments", async () => {
  await using folder = await int8Folder();
  const list = `${folder.path}/list.txt`;
  const [drum, fig] = [`${PHOTOS}/drum.jpg`, `${PHOTOS}/fig.jpg`];
  const text = `${fig}\r\n\n${drum}\n${fig}`;
  await Deno.writeTextFile(list, text);
  const of = async (command: string, ...args: string[]) => {
    const json = command === "classify" ? ["--json"] : [];
    const made = await run([command, ...json, ...folder.model, ...args], {
      stdin: encode(text),
    });
    assert.equal(made.code, 0, made.stderr);
    return filesOf(made.stdout);
  };
  for (const command of ["classify", "features"]) {
    const named = [fig, drum, fig];
    assert.deepEqual(await of(command, "--files-from", list), named);
    assert.deepEqual(await of(command, "--files-from", "-"), named);
    const alp = `${PHOTOS}/alp.jpg`;
    assert.deepEqual(await of(command, alp, `--files-from=${list}`), [
      ...[alp, ...named],
    ]);
  }
});

Deno.test("--files-from reads names as they are, relative to the current folder", async () => {
  await using folder = await int8Folder();
  const names = ["-", "-q.jpg", "*.jpg", "two\nlines.jpg", " a.jpg "];
  for (const name of names) {
    await Deno.copyFile(`${PHOTOS}/fig.jpg`, `${folder.path}/${name}`);
  }
  const { code, stdout } = await totem(
    ["classify", "--json", ...folder.model, "--files-from", "-", "-0"],
    { stdin: encode(`${names.join("\0")}\0`), cwd: folder.path },
  );
  assert.equal(code, 0);
  assert.deepEqual(filesOf(stdout), ["./-", ...names.slice(1)]);
});

Deno.test("--files-from goes on after what can't be read, and reports it", async () => {
  await using folder = await int8Folder();
  const photo = `${PHOTOS}/fig.jpg`;
  const list = `${folder.path}/list.txt`;
  const lines = ["gone.jpg", PHOTOS, list, "*.jpg", photo, "https://a.org/b"];
  await Deno.writeTextFile(list, lines.join("\n"));
  const args = ["--json", ...folder.model, "--files-from", list];
  const { code, stdout, stderr } = await run(["classify", ...args]);
  assert.equal(code, 1);
  assert.deepEqual(
    filesOf(stdout),
    lines.map((it) => it === photo ? it : `failed ${it}`),
  );
  assert.match(stderr, /^error gone\.jpg: there is no such file or folder$/m);
  assert.match(stderr, /^error .*photos: it is a folder$/m);
  assert.match(stderr, /^error .*list\.txt: .*(JPEG|image)/m);
  assert.match(stderr, /^error https:\/\/a\.org\/b: addresses aren't read/m);
  assert.match(stderr, /^1 done, 5 failed$/m);
});

Deno.test("an empty list is an error, with arguments too", async () => {
  await using folder = await int8Folder();
  const args = ["classify", "--json", "--files-from", "-", ...folder.model];
  for (const stdin of ["", "\n\r\n"].map(encode)) {
    const { code, stdout, stderr } = await run(args, { stdin });
    assert.equal(code, 1);
    assert.equal(stderr, "error standard input: this list names no image\n");
    assert.deepEqual(filesOf(stdout), ["failed -"]);
  }
  const photo = `${PHOTOS}/fig.jpg`;
  const { code, stdout } = await run([...args, photo], { stdin: encode("") });
  assert.equal(code, 1);
  assert.deepEqual(filesOf(stdout), [photo, "failed -"]);
});

Deno.test("options of lists that contradict each other are refused", async () => {
  await using folder = await int8Folder();
  for (
    const [args, message] of [
      [["--null", "a.jpg"], /Cannot use --null without --files-from/],
      [["--files-from", "-", "-"], /Cannot read standard input twice/],
      [
        ["--files-from", "a", "--files-from", "b"],
        /Cannot use --files-from twice: a and b/,
      ],
      [["--files-from", "-0", "a"], /--files-from as its value is missing/],
    ] as const
  ) {
    const made = await run(["classify", ...args, ...folder.model]);
    assert.deepEqual([made.code, made.stdout], [2, ""]);
    assert.match(made.stderr, message);
  }
  const gone = await run(["classify", "--files-from", `${folder.path}/gone`]);
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /Cannot read .*gone: there is no such file/);
});

Deno.test("an array has a row for each path of a list, also of standard input", async () => {
  await using folder = await int8Folder();
  const list = `${folder.path}/list.txt`;
  const photo = `${PHOTOS}/fig.jpg`;
  const text = `gone.jpg\n${photo}\n${photo}\n`;
  await Deno.writeTextFile(list, text);
  const array = async (from: string) => {
    const args = ["--npy", ...folder.model, "--files-from", from];
    const made = await run(["features", ...args], { stdin: encode(text) });
    assert.equal(made.code, 1);
    const { shape, values } = parseNpy(made.stdoutBytes);
    assert.equal(shape[0], 3);
    const row = (i: number) => [
      ...values.subarray(i * shape[1]!, (i + 1) * shape[1]!),
    ];
    assert.ok(row(0).every(Number.isNaN));
    assert.deepEqual(row(1), row(2));
    return made.stdoutBytes;
  };
  const bytes = await array(list);
  assert.deepEqual(await array("-"), bytes);
  const out = `${folder.path}/out.npy`;
  const resume = () =>
    run([
      ...["features", "--npy", "--resume", out, ...folder.model],
      ...["--files-from", list],
    ]);
  assert.equal((await resume()).code, 1);
  assert.deepEqual(await Deno.readFile(out), bytes);
  const again = await resume();
  assert.equal(again.code, 1);
  assert.match(again.stderr, /0 computed|3 computed|2 computed/);
  assert.deepEqual(await Deno.readFile(out), bytes);
});
