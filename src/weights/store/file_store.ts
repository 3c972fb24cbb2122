import { assertArgument } from "../../argument.ts";
import { isGranted } from "../../runtime/environment.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { makeFolder } from "../../io/make_folder.ts";
import { isNotFound, type OpenFile, openFile } from "../../io/open_file.ts";
import { streamFile } from "../file_stream.ts";
import { nullStorage } from "./best_effort_storage.ts";
import {
  type BlobStorage,
  type PendingBlob,
  type StoredBlob,
  unfinishedName,
} from "./blob_storage.ts";
import { CONTENT_ENDING, createStore } from "./create_store.ts";
import type { Store, StoreOptions } from "./store.ts";

/**
 * Opens the store in a folder, which is created when a file is first stored. In Deno it
 * needs `--allow-read` and `--allow-write` for the folder, and never prompts for them.
 * Without these permissions, or if the folder can't be written to, nothing is kept.
 *
 * @param folder The path of the folder; with `undefined`, nothing is kept.
 *
 * @example
 * ```ts
 * import { fileStore } from "@totem/inception/weights";
 * const store = fileStore("/var/cache/totem", { onWarning: console.warn });
 * for (const { reference, size } of await store.list()) console.log(reference, size);
 * ```
 */
export function fileStore(
  folder: string | undefined,
  options: StoreOptions = {},
): Store {
  assertArgument(
    folder === undefined || typeof folder === "string",
    "keep files as the store's folder must be a path",
    folder,
  );
  const storage = folder === undefined
    ? nullStorage("no cache folder is known: set TOTEM_CACHE")
    : folderStorage(folder);
  return createStore(storage, options);
}

/**
 * The files directly in `folder`. Each process writes its own files and renames them
 * when they are complete, so nothing is locked.
 */
function folderStorage(folder: string): BlobStorage {
  const pathOf = (name: string) => `${folder}/${name}`;

  async function read(name: string): Promise<StoredBlob | undefined> {
    await assertPermissions(folder, ["read"]);
    const path = pathOf(name);
    const file = await openFile(path);
    await file?.close();
    return file && storedBlob(path, file);
  }

  async function create(name: string): Promise<PendingBlob> {
    await assertPermissions(folder, ["read", "write"]);
    const fs = process.getBuiltinModule("node:fs/promises");
    await makeFolder(folder);
    const path = pathOf(name);
    const file = await fs.open(path, "wx+");
    const unlink = () => fs.rm(path, { force: true });
    const stream = () =>
      streamFile(
        async (target, offset) =>
          (await file.read(target, 0, target.length, offset)).bytesRead,
        () => Promise.resolve(),
      );
    let size = 0;
    return {
      stream,
      async append(bytes) {
        for (let done = 0; done < bytes.length;) {
          const rest = bytes.length - done;
          done += (await file.write(bytes, done, rest, size + done))
            .bytesWritten;
        }
        size += bytes.length;
      },
      async publish(target) {
        await file.sync();
        try {
          await fs.rename(path, pathOf(target));
        } catch (error) {
          // Windows doesn't replace a file that is being read. And the process that
          // continues a partial download removes it, while its writer has it open.
          const isContent = target.endsWith(CONTENT_ENDING);
          if (isContent && (await read(target))?.size === size) await unlink();
          else if (isNotFound(error)) {
            const copy = await create(unfinishedName("copy"));
            for await (const chunk of stream()) await copy.append(chunk);
            await copy.publish(target);
          } else throw error;
        }
        const { mtimeMs } = await file.stat();
        await file.close();
        const modified = Math.floor(mtimeMs);
        return storedBlob(pathOf(target), { size, modified });
      },
      async keep() {
        await file.sync();
        await file.close();
      },
      async discard() {
        await file.close();
        await unlink();
      },
    };
  }

  return {
    place: folder,
    read,
    create,
    async list() {
      await assertPermissions(folder, ["read"]);
      try {
        return await namesIn(folder);
      } catch (error) {
        if (isNotFound(error)) return [];
        throw error;
      }
    },
    async remove(name) {
      await assertPermissions(folder, ["write"]);
      const fs = process.getBuiltinModule("node:fs/promises");
      await fs.rm(pathOf(name), { force: true });
    },
  };
}

/** In Deno `node:fs` costs 12 MB and 40 ms. */
async function namesIn(folder: string): Promise<string[]> {
  if (typeof Deno === "undefined") {
    return await process.getBuiltinModule("node:fs/promises").readdir(folder);
  }
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names;
}

/** The bytes of a file, which is opened when they are read. */
function storedBlob(
  path: string,
  { size, modified }: Pick<StoredBlob, "size" | "modified">,
): StoredBlob {
  const open = async () => {
    const file = await openFile(path);
    if (file) return file;
    // Like damage: the file is fetched again.
    throw new CorruptWeightsError(`Cannot read ${path} as it is gone`);
  };
  const stream = () => {
    let file: OpenFile | undefined;
    return streamFile(
      async (target) => await (file ??= await open()).read(target),
      async () => await file?.close(),
    );
  };
  return { size, modified, open, stream };
}

/** Queries Deno's permissions without a prompt. An error names all that a store needs. */
async function assertPermissions(
  path: string,
  names: readonly ("read" | "write")[],
): Promise<void> {
  const missing: string[] = [];
  let isAllowed = true;
  for (const name of ["read", "write"] as const) {
    if (await isGranted({ name, path })) continue;
    missing.push(`--allow-${name}=${path}`);
    if (names.includes(name)) isAllowed = false;
  }
  if (isAllowed) return;
  throw new Error(
    missing.length === 1
      ? `the permission ${missing[0]} is not given`
      : `the permissions ${missing.join(" ")} are not given`,
  );
}
