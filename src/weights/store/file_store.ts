/**
 * A store in a folder.
 *
 * Every process writes to files of its own and renames them when they are whole,
 * so that there is nothing to lock.
 *
 * @module
 */
import {
  assertArgument,
  assertFunctions,
  assertOptions,
} from "../../argument.ts";
import { isGranted } from "../../environment.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { makeFolder } from "../../make_folder.ts";
import { isAbsence, type OpenFile, openFile } from "../../open_file.ts";
import { streamFile } from "../file_stream.ts";
import { isContentName } from "./content.ts";
import { noShelf } from "./forgiving_shelf.ts";
import { partialName } from "./partial.ts";
import type { Draft, Shelf, ShelvedBytes } from "./shelf.ts";
import {
  createStore,
  type Store,
  STORE_OPTIONS,
  type StoreOptions,
} from "./store.ts";

/**
 * The store in `folder`, which is made when it is first written to. Under Deno it
 * needs `--allow-read` and `--allow-write` for it and asks nobody for them; without
 * them, or where the folder can't be written to, nothing is kept.
 *
 * @param folder `undefined` where there is none: nothing is kept.
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
  assertOptions("keep files", options, STORE_OPTIONS);
  assertFunctions("keep files", options, ["onWarning"]);
  assertArgument(
    folder === undefined || typeof folder === "string",
    "keep files as the store's folder must be a path",
    folder,
  );
  const shelf = folder === undefined
    ? noShelf("no folder for them is known")
    : fileShelf(folder);
  return createStore(shelf, options.onWarning);
}

/** The files right in `folder`. */
function fileShelf(folder: string): Shelf {
  const pathOf = (name: string) => `${folder}/${name}`;

  async function read(name: string): Promise<ShelvedBytes | undefined> {
    await assertPermissions(["read"], folder);
    const path = pathOf(name);
    const file = await openFile(path);
    await file?.close();
    return file && shelved(path, file);
  }

  async function create(name: string): Promise<Draft> {
    await assertPermissions(["read", "write"], folder);
    const fs = process.getBuiltinModule("node:fs/promises");
    await makeFolder(folder);
    const path = pathOf(name);
    const file = await fs.open(path, "wx+");
    const stream = () =>
      streamFile(
        async (target, offset) =>
          (await file.read(target, 0, target.length, offset)).bytesRead,
        () => Promise.resolve(),
      );
    const unlink = () => fs.rm(path, { force: true });
    let size = 0;
    return {
      async append(bytes) {
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await file.write(
            bytes,
            done,
            bytes.length - done,
            size + done,
          );
          done += bytesWritten;
        }
        size += bytes.length;
      },
      stream,
      async publish(target) {
        await file.sync();
        try {
          await fs.rename(path, pathOf(target));
        } catch (error) {
          // Windows doesn't replace a file that somebody reads; and who goes on
          // with a partial download removes it under its writer, who holds it.
          const there = isContentName(target) && await read(target);
          if (there && there.size === size) await unlink();
          else if (codeOf(error) === "ENOENT") {
            const copy = await create(partialName("copy"));
            for await (const part of stream()) await copy.append(part);
            await copy.publish(target);
          } else throw error;
        }
        const { mtimeMs } = await file.stat();
        await file.close();
        const modified = Math.floor(mtimeMs);
        return shelved(pathOf(target), { size, modified });
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
    async list() {
      await assertPermissions(["read"], folder);
      const fs = process.getBuiltinModule("node:fs/promises");
      return await orIfAbsent(fs.readdir(folder), []);
    },
    read,
    create,
    async remove(name) {
      await assertPermissions(["write"], folder);
      const fs = process.getBuiltinModule("node:fs/promises");
      await fs.rm(pathOf(name), { force: true });
    },
  };
}

/** The bytes of a file, which is opened when they are wanted. */
function shelved(
  path: string,
  { size, modified }: Pick<ShelvedBytes, "size" | "modified">,
): ShelvedBytes {
  const open = async () => {
    const file = await openFile(path);
    if (file) return file;
    // As good as damaged: it is fetched again.
    throw new CorruptWeightsError(`Cannot read ${path} as it is gone`);
  };
  return {
    size,
    modified,
    open,
    stream() {
      let file: OpenFile | undefined;
      return streamFile(
        async (target) => await (file ??= await open()).read(target),
        async () => await file?.close(),
      );
    },
  };
}

/**
 * Asks Deno what it would ask a person, so that no prompt comes up. Where something
 * is missing, all that a store needs and hasn't is named at once.
 */
async function assertPermissions(
  names: readonly ("read" | "write")[],
  path: string,
): Promise<void> {
  const has = (name: "read" | "write") => isGranted({ name, path });
  if ((await Promise.all(names.map(has))).every(Boolean)) return;
  const missing: string[] = [];
  for (const name of ["read", "write"] as const) {
    if (!await has(name)) missing.push(`--allow-${name}=${path}`);
  }
  throw new Error(
    missing.length === 1
      ? `the permission ${missing[0]} is not given`
      : `the permissions ${missing.join(" ")} are not given`,
  );
}

async function orIfAbsent<T, U>(found: Promise<T>, absent: U): Promise<T | U> {
  try {
    return await found;
  } catch (error) {
    if (isAbsence(error)) return absent;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
