/**
 * The public known model on the command line: downloaded, converted and cached. Each
 * conversion takes seconds.
 */
import assert from "node:assert/strict";
import { cacheIn, PHOTOS, totem, workFolder } from "../cli/totem.ts";

const REGISTRY = "--allow-net=registry.npmjs.org";

Deno.test("totem pull keeps a known model, and totem models lists it, and totem convert makes the same file", async () => {
  await using folder = await workFolder();
  const { env, permissions } = cacheIn(folder.path);
  const cache = { env, permissions: [...permissions, REGISTRY] };
  const before = await totem(["models"], cache);
  assert.equal(before.code, 0);
  assert.match(before.stdout, /^nsfw {2}content safety, 5 classes$/m);
  assert.match(before.stdout, /^ {2}licence {2}MIT$/m);
  assert.match(before.stdout, /^imagenet-keras or imagenet {2}/m);
  assert.match(before.stdout, /^imagenet-timm {2}/m);
  assert.ok(!before.stdout.includes("SHA-256"));

  const pulled = await totem(["pull", "nsfw"], cache);
  assert.equal(pulled.stderr, "Downloading nsfw, 25.3 MB\n");
  assert.equal(pulled.code, 0);
  const [, hash] = pulled.stdout.match(
    /^nsfw: downloaded, 22\.\d MB, SHA-256 (\w{64})\n$/,
  )!;
  const after = await totem(["models"], cache);
  assert.ok(after.stdout.includes(`of int8, SHA-256 ${hash}`));

  // A damaged file is rebuilt with a message, by whichever command finds it.
  const path = `${folder.path}/${hash}.safetensors`;
  const damage = async () => {
    using file = await Deno.open(path, { write: true });
    await file.seek(10e6, Deno.SeekMode.Start);
    await file.write(new Uint8Array(2e6));
  };
  await damage();
  const classified = await totem(
    ["classify", `${PHOTOS}/cocker_spaniels.jpg`],
    cache,
  );
  assert.match(classified.stdout, /^ {3}99\.\d% {2}Neutral$/m);
  assert.match(
    classified.stderr,
    /^warning The stored file .* is damaged.*\n$/,
  );
  await damage();
  const mended = await totem(["pull", "nsfw"], cache);
  assert.equal(mended.stdout, pulled.stdout);
  assert.match(mended.stderr, /^warning The stored file .* is damaged/);
  assert.equal((await totem(["pull", "--verify", "nsfw"], cache)).code, 0);

  const out = `${folder.path}/new/nsfw.safetensors`;
  const converted = await totem(["convert", "nsfw", "--out", out], {
    permissions: ["--allow-read", `--allow-write=${folder.path}`, REGISTRY],
  });
  assert.equal(converted.code, 0, converted.stderr);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    await Deno.readFile(out),
  );
  assert.equal(new Uint8Array(digest).toHex(), hash);
});

Deno.test("totem pull fails where nothing can be kept", async () => {
  const { code, stdout, stderr } = await totem(["pull", "nsfw"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^error Cannot go on without env access to TOTEM_CACHE: [^\n]*\nThe whole command: /,
  );
});

Deno.test("totem classify works without a cache, with one line of warning", async () => {
  const photos = [`${PHOTOS}/drum.jpg`, `${PHOTOS}/fig.jpg`];
  const run = await totem(["classify", "--top", "1", ...photos], {
    permissions: ["--allow-read", REGISTRY],
  });
  assert.equal(run.code, 0);
  assert.match(run.stdout, /Neutral/);
  assert.equal(run.stderr.match(/^warning/gm)?.length, 1);
  assert.match(run.stderr, /^warning Cannot keep models [^\n]*\n/m);
});
