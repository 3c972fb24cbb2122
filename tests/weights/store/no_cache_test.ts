import assert from "node:assert/strict";
import {
  bestEffortStorage,
  memoryBlob,
} from "../../../src/weights/store/best_effort_storage.ts";
import type {
  BlobStorage,
  PendingBlob,
} from "../../../src/weights/store/blob_storage.ts";
import { createStore } from "../../../src/weights/store/create_store.ts";
import { download, fileStore } from "../../../src/weights/store/mod.ts";
import { serveFile } from "./file_server.ts";
import { inParts, modelBytes, readAll, sha256Of } from "./model_bytes.ts";
import { answerOf, start } from "./process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const BYTES = modelBytes(600_000);

Deno.test("without a folder everything works, with one line of warning", async () => {
  await using server = serveFile({ bytes: BYTES, etag: '"1"' });
  // No folder can be created under a file, not even by root.
  const underFile = `${import.meta.filename}/store`;
  for (
    const [folder, warning] of [
      [
        undefined,
        /^for the next time: no cache folder is known: set TOTEM_CACHE$/,
      ],
      [underFile, /^in .+\/store: a part of its path is not a folder$/],
      // Without all permissions, Deno doesn't even try.
      [
        "/proc/totem",
        /^in \/proc\/totem: (the folder can't be created|it is among .+)$/,
      ],
    ] as const
  ) {
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
    const reasons = warnings.map((it) => it.replace("Cannot keep models ", ""));
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, warning);
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
    const { storage, pending } = fullStorage(room);
    const bestEffort = bestEffortStorage(storage, (it) => warnings.push(it));
    const file = await createStore(bestEffort).put("a", inParts(BYTES, 50_000));
    assert.deepEqual(await readAll(file), BYTES);
    assert.deepEqual(warnings, [
      "Cannot keep models for the next time: the disk is full: free some space, or choose another disk (ENOSPC: no space left on device)",
    ]);
    assert.equal(pending(), 0, "unfinished blobs are left");
  }
});

Deno.test("a quota that is found at the end loses nothing", async () => {
  const warnings: string[] = [];
  const { storage } = fullStorage(Infinity, () => {
    throw new DOMException("Quota exceeded", "QuotaExceededError");
  });
  const bestEffort = bestEffortStorage(storage, (it) => warnings.push(it));
  const file = await createStore(bestEffort).put("a", BYTES);
  assert.deepEqual(await readAll(file), BYTES);
  assert.deepEqual(warnings, [
    "Cannot keep models for the next time: Quota exceeded",
  ]);
});

/**
 * A storage with `room` bytes in all; it also counts the first chunk that doesn't fit.
 */
function fullStorage(room: number, publish?: () => never) {
  let pending = 0;
  const storage: BlobStorage = {
    list: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    remove: () => Promise.resolve(),
    create() {
      pending++;
      const blob = memoryBlob();
      const end = async <T>(ended: Promise<T>) => {
        pending--;
        return await ended;
      };
      const full: PendingBlob = {
        async append(bytes) {
          await blob.append(bytes.slice(0, room));
          if (bytes.length > room) {
            room = 0;
            throw Object.assign(new Error("ENOSPC: no space left on device"), {
              code: "ENOSPC",
            });
          }
          room -= bytes.length;
        },
        stream: blob.stream,
        publish: async (name) => {
          publish?.();
          return await end(blob.publish(name));
        },
        keep: () => end(blob.keep()),
        discard: () => end(blob.discard()),
      };
      return Promise.resolve(full);
    },
  };
  return { storage, pending: () => pending };
}
