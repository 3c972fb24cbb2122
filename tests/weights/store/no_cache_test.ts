import assert from "node:assert/strict";
import { forgivingShelf } from "../../../src/weights/store/forgiving_shelf.ts";
import { memoryDraft } from "../../../src/weights/store/memory_draft.ts";
import { download, fileStore } from "../../../src/weights/store/mod.ts";
import type { Draft, Shelf } from "../../../src/weights/store/shelf.ts";
import { createStore } from "../../../src/weights/store/store.ts";
import { serveFile } from "./file_server.ts";
import { inParts, modelBytes, readAll, sha256Of } from "./model_bytes.ts";
import { answerOf, start } from "./process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const BYTES = modelBytes(600_000);

Deno.test("without a folder everything works, with one line of warning", async () => {
  await using server = serveFile({ bytes: BYTES, etag: '"1"' });
  // Nothing can be made under a file, not even by root.
  const underFile = `${import.meta.filename}/store`;
  for (const folder of [undefined, underFile, "/proc/totem"]) {
    const warnings: string[] = [];
    const store = fileStore(folder, { onWarning: (it) => warnings.push(it) });
    assert.equal(await store.get("a"), undefined);
    for (const content of [BYTES, inParts(BYTES, 70_000)]) {
      const file = await store.put("a", content);
      assert.deepEqual(await readAll(file), BYTES);
      assert.deepEqual(await readAll(file), BYTES, "again");
      await file.verify();
    }
    const file = await download(server.url, { store, limit: 1e6 });
    assert.deepEqual(await readAll(file), BYTES);
    assert.equal(await store.get("a"), undefined);
    assert.deepEqual(await store.list(), []);
    assert.equal(await store.remove("a"), false);
    assert.equal(warnings.length, 1, `${folder}`);
    assert.match(warnings[0]!, /^Cannot keep models for the next time: .+$/);
  }
});

Deno.test("without permissions everything works, with the one to add in the warning", async () => {
  await using folder = await temporaryFolder();
  for (
    const [permissions, missing] of [
      [["--allow-read"], ["write"]],
      [["--allow-write"], ["read"]],
      [["--allow-read", "--allow-write", "--deny-write"], ["write"]],
      [[], ["read", "write"]],
    ] as const
  ) {
    const put = start(["put", folder.path, "a", "9999", "1"], permissions);
    const { found, warnings } = JSON.parse(await answerOf(put));
    assert.equal(found, sha256Of(modelBytes(9999)));
    assert.deepEqual(warnings, [
      `Cannot keep models for the next time: the permission${
        missing.length > 1 ? "s" : ""
      } ${missing.map((it) => `--allow-${it}=${folder.path}`).join(" ")} ${
        missing.length > 1 ? "are" : "is"
      } not given`,
    ]);
  }
});

Deno.test("a disk that gets full in the middle loses nothing", async () => {
  for (const room of [0, 100, 299_999, 300_000, 599_999]) {
    const warnings: string[] = [];
    const { shelf, drafts } = fullShelf(room);
    const forgiving = forgivingShelf(shelf, (it) => warnings.push(it));
    const file = await createStore(forgiving).put("a", inParts(BYTES, 50_000));
    assert.deepEqual(await readAll(file), BYTES);
    assert.deepEqual(warnings, [
      "Cannot keep models for the next time: ENOSPC: no space left on device",
    ]);
    assert.equal(drafts(), 0, "unfinished drafts are left");
  }
});

Deno.test("a quota that is found at the end loses nothing", async () => {
  const warnings: string[] = [];
  const { shelf } = fullShelf(Infinity, () => {
    throw new DOMException("Quota exceeded", "QuotaExceededError");
  });
  const forgiving = forgivingShelf(shelf, (it) => warnings.push(it));
  const file = await createStore(forgiving).put("a", BYTES);
  assert.deepEqual(await readAll(file), BYTES);
  assert.deepEqual(warnings, [
    "Cannot keep models for the next time: Quota exceeded",
  ]);
});

/** A shelf that takes `room` bytes in all, the first of what doesn't fit too. */
function fullShelf(room: number, publish?: () => never) {
  let drafts = 0;
  const shelf: Shelf = {
    list: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    remove: () => Promise.resolve(),
    create() {
      drafts++;
      const draft = memoryDraft();
      const end = async <T>(ended: Promise<T>) => {
        drafts--;
        return await ended;
      };
      const full: Draft = {
        async append(bytes) {
          await draft.append(bytes.slice(0, room));
          if (bytes.length > room) {
            room = 0;
            throw new Error("ENOSPC: no space left on device");
          }
          room -= bytes.length;
        },
        stream: draft.stream,
        publish: async (name) => {
          publish?.();
          return await end(draft.publish(name));
        },
        keep: () => end(draft.keep()),
        discard: () => end(draft.discard()),
      };
      return Promise.resolve(full);
    },
  };
  return { shelf, drafts: () => drafts };
}
