/**
 * A store in a folder.
 *
 * Every process writes to files of its own and renames them when they are whole,
 * so that there is nothing to lock.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { isContentName } from "./content.ts";
import { forgivingShelf, noShelf } from "./forgiving_shelf.ts";
import { partialName } from "./partial.ts";
import type { Draft, Shelf, ShelvedBytes } from "./shelf.ts";
import { createStore, type Store, type StoreOptions } from "./store.ts";

/** In bytes: so much is read at a time. */
const CHUNK = 2 ** 18;

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
  { onWarning }: StoreOptions = {},
): Store {
  const shelf = folder === undefined
    ? noShelf("no folder for them is known")
    : fileShelf(folder);
  return createStore(forgivingShelf(shelf, onWarning));
}

/** The files right in `folder`. */
function fileShelf(folder: string): Shelf {
  const pathOf = (name: string) => `${folder}/${name}`;

  async function read(name: string): Promise<ShelvedBytes | undefined> {
    await expectPermission("read", folder);
    const fs = await import("node:fs/promises");
    const path = pathOf(name);
    const stats = await orIfAbsent(fs.stat(path), undefined);
    return stats?.isFile()
      ? { size: stats.size, stream: () => streamPath(path) }
      : undefined;
  }

  async function create(name: string): Promise<Draft> {
    await expectPermission("read", folder);
    await expectPermission("write", folder);
    const fs = await import("node:fs/promises");
    await fs.mkdir(folder, { recursive: true });
    const path = pathOf(name);
    const file = await fs.open(path, "wx+");
    const stream = () => streamFile(() => Promise.resolve(file));
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
        await file.close();
        return { size, stream: () => streamPath(pathOf(target)) };
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
      await expectPermission("read", folder);
      const fs = await import("node:fs/promises");
      return await orIfAbsent(fs.readdir(folder), []);
    },
    read,
    create,
    async remove(name) {
      await expectPermission("write", folder);
      const fs = await import("node:fs/promises");
      await fs.rm(pathOf(name), { force: true });
    },
  };
}

function streamPath(path: string): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined;
  return streamFile(
    async () => file ??= await (await import("node:fs/promises")).open(path),
    async () => await file?.close(),
  );
}

/** The bytes of an open file from its beginning, read when they are wanted. */
function streamFile(
  open: () => Promise<FileHandle>,
  close: () => Promise<void> = () => Promise.resolve(),
): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const file = await open();
        const chunk = new Uint8Array(CHUNK);
        const { bytesRead } = await file.read(chunk, 0, CHUNK, offset);
        if (bytesRead > 0) {
          offset += bytesRead;
          return controller.enqueue(chunk.subarray(0, bytesRead));
        }
      } catch (error) {
        await close();
        throw error;
      }
      await close();
      controller.close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/** Asks Deno what it would ask a person, so that no prompt comes up. */
async function expectPermission(
  name: "read" | "write",
  path: string,
): Promise<void> {
  if (typeof Deno === "undefined") return;
  const { state } = await Deno.permissions.query({ name, path });
  if (state === "granted") return;
  throw new Error(`the permission --allow-${name}=${path} is not given`);
}

async function orIfAbsent<T, U>(found: Promise<T>, absent: U): Promise<T | U> {
  try {
    return await found;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return absent;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
