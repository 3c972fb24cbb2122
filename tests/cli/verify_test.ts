import assert from "node:assert/strict";
import type { QuantizedNetwork } from "../../src/model/mod.ts";
import { makeZip } from "../make_zip.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { withoutDigest } from "../weights/without_digest.ts";
import { unpackModel } from "../weights/real_files.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { run } from "./in_process.ts";

Deno.test("totem verify says sound of a file that is, and what is wrong with another", async () => {
  await using file = await fileOf(await narrowNetwork());
  const whole = await run(["verify", file.path]);
  assert.equal(whole.code, 0);
  assert.match(whole.stdout, /\.safetensors {2}sound\n/);
  const json = await run(["verify", "--json", file.path]);
  assert.equal(JSON.parse(json.stdout).digest, "matches");

  const bytes = await Deno.readFile(file.path);
  await Deno.writeFile(file.path, bytes.subarray(1));
  const damaged = await run(["verify", file.path]);
  assert.deepEqual([damaged.code, damaged.stdout], [1, ""]);
  assert.match(damaged.stderr, /^error \S+: Cannot /);
});

Deno.test("totem verify says how a network ends, where that isn't as ImageNet's", async () => {
  const own = await narrowNetwork();
  const cut = {
    ...own,
    architecture: {
      ...own.architecture,
      lastBlock: "Mixed_6d",
      pooling: "max",
      classes: 0,
    },
    labels: [],
  } as const;
  const shown = async (network: QuantizedNetwork) => {
    await using file = await fileOf(network);
    return (await run(["verify", file.path])).stdout;
  };
  assert.match(
    await shown(own),
    /network {3}Inception-v3, [\d,]+ parameters, 7/,
  );
  const text = await shown(cut);
  assert.match(text, /network {3}Inception-v3 up to Mixed_6d, .* 0 classes\n/);
  assert.match(text, /output {4}.*padding out, max pooling, no classes\n/);
});

Deno.test("totem verify doesn't call a file sound that has no digest", async () => {
  await using file = await fileOf(await narrowNetwork());
  await Deno.writeFile(
    file.path,
    await withoutDigest(await Deno.readFile(file.path)),
  );
  const shown = await run(["verify", file.path]);
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, / {2}no digest: only its structure was checked\n/);
  assert.doesNotMatch(shown.stdout, /sound/);
  const json = await run(["verify", "--json", file.path]);
  assert.equal(JSON.parse(json.stdout).digest, "none");
});

Deno.test({
  name: "totem verify doesn't wait for a pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe.safetensors`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const { code, stderr } = await run(["verify", pipe]);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot verify .*pipe\.safetensors: it is a pipe/);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("totem verify and totem search say what a model of another tool is", async () => {
  await using folder = await temporaryFolder();
  for (
    const [file, what] of [
      ["keras/flat.keras", "a Keras model (.keras)"],
      ["onnx/torch113_opset13.onnx", "an ONNX model (.onnx)"],
      ["torch/state_dict_213.pth", "a PyTorch model"],
      ["torch/f32_aux.safetensors", "another tool's safetensors file"],
    ]
  ) {
    const path = `${folder.path}/${file!.replace("/", "_")}`;
    await Deno.writeFile(path, unpackModel(file!));
    const verified = await run(["verify", path]);
    assert.equal(
      verified.stderr,
      `error Cannot verify ${path}: it is ${what}, not a Totem file: totem inspect --model shows it, and totem convert makes a Totem file of it\n`,
    );
    assert.equal(verified.code, 1);
    const searched = await run(["search", path, "--index", path]);
    assert.equal(
      searched.stderr,
      `error Cannot read ${path}: it is ${what}, not an index: totem index makes one of a folder of images; a model is given as --model\n`,
    );
  }
});

Deno.test("totem verify doesn't take other archives and JSON for models", async () => {
  await using folder = await temporaryFolder();
  for (
    const [name, bytes, what] of [
      ["a.zip", makeZip({ "photos/a.txt": "a" }), "a ZIP archive"],
      ["a.json", new TextEncoder().encode("{}"), "JSON"],
    ] as const
  ) {
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    const { stderr } = await run(["verify", path]);
    assert.equal(
      stderr,
      `error Cannot verify ${path}: it is ${what}, not a Totem file\n`,
    );
  }
});

Deno.test("a model can't come from standard input", async () => {
  for (
    const args of [
      ["inspect", "--model", "-"],
      ["convert", "-", "--out", "unwritten.safetensors"],
    ]
  ) {
    const { code, stderr } = await run(args);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error Cannot read a model from standard input: give/,
    );
  }
});
