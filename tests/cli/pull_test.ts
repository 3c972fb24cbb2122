import assert from "node:assert/strict";
import { fileStore, writeNetwork } from "../../src/weights/mod.ts";
import { referenceOf } from "../../src/weights/known_quantized.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { run } from "./in_process.ts";

Deno.test("totem pull --verify and totem models hash what is cached, and find damage that leaves size and time", async () => {
  await using cache = await cachedModel();
  const sound = await run(["pull", "nsfw", "--verify"]);
  assert.equal(sound.code, 0, sound.stderr);
  assert.match(sound.stdout, new RegExp(`SHA-256 ${cache.sha256}\n$`));
  const listed = await run(["models"]);
  assert.match(listed.stdout, new RegExp(`int8, SHA-256 ${cache.sha256}\n`));

  await cache.damage();
  const damaged = await run(["pull", "nsfw", "--verify"]);
  assert.equal(damaged.code, 1);
  assert.equal(damaged.stdout, "");
  assert.match(
    damaged.stderr,
    new RegExp(
      `^warning nsfw: .* SHA-256 must be ${cache.sha256}: it is .* deleted.*\nerror nsfw: no sound file is cached: totem pull nsfw fetches one\n$`,
    ),
  );

  await cache.put();
  await cache.damage();
  const { code, stdout, stderr } = await run(["models", "--json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout.split("\n")[0]!).cached, null);
  assert.match(stderr, /^warning nsfw: /);
});

Deno.test("totem pull says what a cached file's SHA-256 is without fetching anything", async () => {
  await using cache = await cachedModel();
  const { code, stdout } = await run(["pull", "nsfw"]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`SHA-256 ${cache.sha256}\n$`));
});

/** A cache folder in which a small model is taken for `nsfw`. */
async function cachedModel() {
  const folder = await temporaryFolder();
  const before = Deno.env.get("TOTEM_CACHE");
  Deno.env.set("TOTEM_CACHE", folder.path);
  const network = await narrowNetwork();
  const put = async () => {
    const { stream } = writeNetwork(network);
    return await fileStore(folder.path).put(referenceOf("nsfw"), stream);
  };
  const { sha256 } = await put();
  return {
    sha256,
    put,
    /** Other bytes, but the same size and time. */
    async damage() {
      const path = `${folder.path}/${sha256}.safetensors`;
      const { mtime } = await Deno.stat(path);
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.fill(0, bytes.length >> 1));
      await Deno.utime(path, mtime!, mtime!);
    },
    async [Symbol.asyncDispose]() {
      if (before === undefined) Deno.env.delete("TOTEM_CACHE");
      else Deno.env.set("TOTEM_CACHE", before);
      await folder[Symbol.asyncDispose]();
    },
  };
}
