import assert from "node:assert/strict";
import { cacheIn, totem, workFolder } from "./totem.ts";

Deno.test("totem pull keeps a known model, and totem models lists it", async () => {
  await using folder = await workFolder();
  const cache = cacheIn(folder.path);
  const before = await totem(["models"], cache);
  assert.equal(before.code, 0);
  assert.match(before.stdout, /^nsfw {2}content safety, 5 classes$/m);
  assert.match(before.stdout, /^ {2}licence {2}MIT$/m);
  assert.match(before.stdout, /^imagenet-keras {2}/m);
  assert.match(before.stdout, /^imagenet-timm {2}/m);
  assert.ok(!before.stdout.includes("SHA-256"));

  const pulled = await totem(["pull", "nsfw"], cache);
  assert.equal(pulled.stderr, "");
  assert.equal(pulled.code, 0);
  const [, hash] = pulled.stdout.match(
    /^nsfw: 22\.\d MB, SHA-256 (\w{64})\n$/,
  )!;
  const after = await totem(["models"], cache);
  assert.ok(after.stdout.includes(`of int8, SHA-256 ${hash}`));
});

Deno.test("totem pull fails where nothing can be kept", async () => {
  const { code, stdout, stderr } = await totem(["pull", "nsfw"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^warning Cannot keep models [^\n]*\n$/);
});
