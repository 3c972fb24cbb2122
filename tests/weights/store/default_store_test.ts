import assert from "node:assert/strict";
import { defaultStore } from "../../../src/weights/store/default_store.ts";
import { modelBytes, readAll } from "./model_bytes.ts";
import { namesIn, temporaryFolder } from "./temporary_folder.ts";

const BYTES = modelBytes(1000);

Deno.test("a program's store is the command line's folder", async () => {
  await withCache(async (folder) => {
    const store = await defaultStore();
    await store!.put("a", BYTES);
    assert.equal((await namesIn(folder)).length, 2);
    assert.deepEqual(await readAll(await store!.get("a")), BYTES);
  });
});

Deno.test("a program has no store without a folder, or permission to look into it, and nobody is asked", async () => {
  await withCache(async (folder) => {
    for (const name of ["env", "read"] as const) {
      await withPermission(name, "prompt", async () => {
        assert.equal(await defaultStore(), undefined);
      });
    }
    assert.deepEqual(await namesIn(folder), []);
  });
});

Deno.test("a program that may only read uses what is kept, keeps nothing, and gives no warning", async () => {
  await withCache(async (folder) => {
    await (await defaultStore())!.put("a", BYTES);
    const before = await namesIn(folder);
    await withPermission("write", "denied", async () => {
      const store = await defaultStore();
      assert.deepEqual(await readAll(await store!.get("a")), BYTES);
      assert.deepEqual(await readAll(await store!.put("b", BYTES)), BYTES);
      assert.equal(await store!.get("b"), undefined);
    });
    assert.deepEqual(await namesIn(folder), before);
  });
});

/** Mocks a missing permission in Deno; `request` would prompt the user. */
async function withPermission(
  name: Deno.PermissionName,
  state: Deno.PermissionState,
  use: () => Promise<void>,
) {
  const { query, request } = Deno.permissions;
  Deno.permissions.query = async function (descriptor) {
    return descriptor.name === name
      ? { state } as Deno.PermissionStatus
      : await query.call(this, descriptor);
  };
  Deno.permissions.request = () => {
    throw new Error("somebody was asked");
  };
  try {
    await use();
  } finally {
    Object.assign(Deno.permissions, { query, request });
  }
}

async function withCache(use: (folder: string) => Promise<void>) {
  await using folder = await temporaryFolder();
  const before = Deno.env.get("TOTEM_CACHE");
  Deno.env.set("TOTEM_CACHE", folder.path);
  try {
    await use(folder.path);
  } finally {
    if (before === undefined) Deno.env.delete("TOTEM_CACHE");
    else Deno.env.set("TOTEM_CACHE", before);
  }
}
