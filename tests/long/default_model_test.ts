/** The default model on the command line, in Deno and, with the npm package, in Node. */
import assert from "node:assert/strict";
import { fileStore, loadQuantized } from "../../src/weights/mod.ts";
import { run } from "../cli/in_process.ts";
import { cacheIn, PHOTOS, totem, workFolder } from "../cli/totem.ts";
import { nsfwIsInstalled } from "../nsfw.ts";

Deno.test("totem classify names what is in a photo, with the default model", async () => {
  await using folder = await workFolder();
  {
    using _ = nsfwIsInstalled();
    await loadQuantized("nsfw", { store: fileStore(folder.path) });
  }
  const photo = `${PHOTOS}/cocker_spaniels.jpg`;
  const args = ["classify", photo];
  const { code, stdout, stderr } = await totem(args, cacheIn(folder.path));
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const [file, best, ...others] = stdout.trimEnd().split("\n");
  assert.equal(file, photo);
  assert.match(best!, /^ {3}99\.\d% {2}Neutral$/);
  assert.equal(others.length, 4);

  // The cached model gives the same answer.
  const cache = { env: { TOTEM_CACHE: folder.path } };
  const list = await run(["models", "--json"], cache);
  const kept = JSON.parse(list.stdout.split("\n")[0]!).cached;
  assert.ok(kept.size < 25e6);
  assert.deepEqual(await run(args, cache), {
    code,
    stdout,
    stderr,
    stdoutBytes: new TextEncoder().encode(stdout),
  });
});
