import assert from "node:assert/strict";
import { decodeImage } from "../../mod.ts";
import { badPhotos } from "./bad_photos.ts";
import { run } from "./in_process.ts";
import { overriding } from "./overriding.ts";
import { testInDeno } from "./program.ts";
import { besidesNote, int8Folder, PHOTOS, totem, workFolder } from "./totem.ts";

const PHOTO = `${PHOTOS}/drum.jpg`;

Deno.test("totem explain writes a picture, an array or JSON, by the file's name", async () => {
  await using folder = await workFolder();
  await using small = await int8Folder();
  const explain = async (name: string, args: readonly string[] = []) => {
    const out = `${folder.path}/${name}`;
    const { model } = args.length === 0 ? small : folder;
    const command = ["explain", PHOTO, "--out", out, ...model];
    const permissions = ["--allow-read", `--allow-write=${folder.path}`];
    const made = args.length === 0
      ? await totem(command, { permissions })
      : await run(overriding(command, args));
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^ *\d+\.\d% {2}class .*\n$/);
    return await Deno.readFile(out);
  };
  const picture = await decodeImage(await explain("heat.png"));
  const photo = await decodeImage(await Deno.readFile(PHOTO));
  // The model sees the central square.
  const side = Math.min(photo.width, photo.height);
  assert.deepEqual([picture.width, picture.height], [side, side]);

  const size = ["--variant", "107", "--class", "class 3"];
  const json = JSON.parse(
    new TextDecoder().decode(await explain("heat.json", size)),
  );
  assert.equal(json.label, "class 3");
  assert.equal(json.method, "cam");
  assert.equal(json.crop.width, side);
  assert.equal(json.values.length, json.rows * json.columns);
  assert.ok(json.rows > 1);

  const npy = await explain("heat.NPY", size);
  const header = new TextDecoder("latin1").decode(npy.subarray(0, 128));
  assert.ok(header.includes(`(${json.rows}, ${json.columns}, )`), header);
  const values = new Float32Array(npy.slice(-4 * json.values.length).buffer);
  assert.deepEqual([...values], json.values);

  const occlusion = ["--method", "occlusion", ...size];
  const other = JSON.parse(
    new TextDecoder().decode(await explain("other.json", occlusion)),
  );
  assert.equal(other.method, "occlusion");
  assert.equal(other.values.length, json.values.length);
});

Deno.test("totem explain asks for a class of a model that gives logits", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/heat.json`;
  const explain = (...args: string[]) =>
    run(
      ["explain", PHOTO, "--out", out, "--activation", "none"]
        .concat(folder.model, args),
    );
  const refused = await explain();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /name a class \(--class NAME/);
  const { code, stdout } = await explain("--class", "class 3");
  assert.equal(code, 0);
  assert.equal(stdout, `class 3  ${out}\n`);
  const { label, probability } = JSON.parse(await Deno.readTextFile(out));
  assert.deepEqual([label, probability], ["class 3", null]);
});

Deno.test("totem explain names the classes that are called like one that isn't there, and writes nothing", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/heat.png`;
  const made = await run(
    ["explain", PHOTO, "--out", out, "--class", "clas 3", ...folder.model],
  );
  assert.equal(made.code, 1);
  assert.equal(made.stdout, "");
  assert.match(
    besidesNote(made),
    /^error Cannot explain "clas 3" .* Similar names: "class 3", /,
  );
  const left = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
  assert.deepEqual(left, ["model"]);
});

Deno.test("totem explain names a photo that it can't decode, and writes nothing", async () => {
  await using folder = await workFolder();
  const out = `${folder.path}/heat.png`;
  for (const { file, message } of await badPhotos(folder.path)) {
    const made = await run(
      ["explain", file, "--out", out, ...folder.model],
    );
    assert.equal(made.code, 1);
    assert.equal(made.stdout, "");
    const error = besidesNote(made);
    assert.ok(error.startsWith(`error ${file}: Cannot `), error);
    assert.match(error, message);
    await assert.rejects(Deno.stat(out), Deno.errors.NotFound);
  }
});

Deno.test("totem explain says what is wrong before a model is loaded", async () => {
  const explain = async (...args: readonly string[]) => {
    const { code, stderr } = await run(["explain", ...args]);
    return `${code}: ${stderr}`;
  };
  assert.match(await explain(PHOTO), /^2: error .*without --out FILE, a /);
  assert.match(await explain(PHOTO, "--out", "heat.gif"), /^2: .*end in \.png/);
  assert.match(await explain("--out", "heat.png"), /^2: .*without an IMAGE/);
  assert.match(
    await explain(PHOTO, "--out", "heat.png", "--method", "guess"),
    /^2: .*Should be one of: cam, occlusion/,
  );
});

testInDeno("totem explain names the permission that it lacks", async () => {
  const args = ["explain", PHOTO, "--out", `${PHOTOS}/heat.png`];
  const { code, stderr } = await totem(args);
  assert.equal(code, 1);
  assert.match(stderr, /--allow-write=/);
});
