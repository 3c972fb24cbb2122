import { throwIfAborted } from "../../async/abort.ts";
import { StorageError, TotemError } from "../../errors.ts";
import { makeFolder } from "../../io/make_folder.ts";
import { isNotFound, openFile, readByteSource } from "../../io/open_file.ts";
import { pathIn, withoutSlash } from "../../io/paths.ts";
import { systemCode, systemReason } from "../../io/system_reason.ts";
import {
  PART_ENDING,
  removeFile,
  syncFolder,
  writeWhole,
} from "../../io/write_whole.ts";
import type { RunStorage, StoredFile } from "../storage.ts";
import { assertStoredName } from "./assert_stored_name.ts";

/** The maximum size of a file in bytes. A run has no larger file. */
const MAX_BYTES = 2 ** 31;

/** In ms. No process takes that long to write a file, even if clocks differ. */
const PART_LIFETIME = 24 * 3600 * 1000;

/** The number of files whose times are read at a time. */
const STATS_AT_ONCE = 32;

/**
 * Stores a batch run in a folder, which is created on the first write. Any number of
 * processes on any number of machines may share it.
 */
export function folderStorage(folder: string): RunStorage {
  const address = withoutSlash(folder);
  const pathOf = (name: string) => {
    assertStoredName(name);
    return pathIn(address, name);
  };
  const prepared = new Map<string, Promise<void>>();

  /** Creates a folder of the run once. */
  function prepare(path: string): Promise<void> {
    const known = prepared.get(path);
    if (known) return known;
    const done = prepareFolder(path);
    prepared.set(path, done);
    // A failure isn't cached: the next write tries again.
    done.catch(() => prepared.delete(path));
    return done;
  }

  return {
    address,
    async read(name, signal) {
      const path = pathOf(name);
      return await withFile("read", path, async () => {
        throwIfAborted(signal);
        const file = await openFile(path);
        if (file === undefined) return undefined;
        const source = {
          read(target: Uint8Array) {
            throwIfAborted(signal);
            return file.read(target);
          },
          close: file.close,
        };
        const bytes = await readByteSource(source, file.size, MAX_BYTES);
        if (bytes !== null) return bytes;
        throw new StorageError(
          `Cannot read ${path}: it must have <= ${MAX_BYTES} bytes: it has more`,
        );
      });
    },
    async has(name) {
      const path = pathOf(name);
      return await withFile("read", path, async () => {
        return await modifiedAt(path) !== undefined;
      });
    },
    async write(name, bytes) {
      const path = pathOf(name);
      await withFile("write", path, async () => {
        const folder = name.replace(/\/?[^/]*$/, "");
        await prepare(folder === "" ? address : pathOf(folder));
        await writeWhole(path, bytes);
      });
    },
    async *list(name) {
      const path = pathOf(name);
      const names = await withFile("list", path, () => namesIn(path));
      const whole = names.filter((it) => !PART_ENDING.test(it));
      for (let i = 0; i < whole.length; i += STATS_AT_ONCE) {
        const some = whole.slice(i, i + STATS_AT_ONCE);
        const files = await Promise.all(
          some.map(async (it): Promise<StoredFile | undefined> => {
            const place = pathIn(path, it);
            const modified = await withFile(
              "read",
              place,
              () => modifiedAt(place),
            );
            return modified === undefined
              ? undefined // A folder, or a file that was removed meanwhile.
              : { name: `${name}/${it}`, modified };
          }),
        );
        for (const file of files) if (file) yield file;
      }
    },
  };
}

async function prepareFolder(path: string): Promise<void> {
  await makeFolder(path);
  // The new folder's entry must reach the disk, too.
  await syncFolder(`${path}/..`);
  // A leftover that can't be removed does no harm.
  await removeLeftovers(path).catch(() => {});
}

/** Removes temporary files of killed processes. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!PART_ENDING.test(name)) continue;
    const path = pathIn(folder, name);
    const modified = await modifiedAt(path);
    const isOld = modified !== undefined &&
      Date.now() - modified > PART_LIFETIME;
    if (isOld) await removeFile(path).catch(() => {});
  }
}

/** The names in a folder; none if it doesn't exist. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    if (typeof Deno === "undefined") {
      return await process.getBuiltinModule("node:fs/promises").readdir(folder);
    }
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    return names;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The modification time in whole ms since 1970; `undefined` if there is no file. */
async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    if (typeof Deno !== "undefined") {
      const { isFile, mtime } = await Deno.stat(path);
      return isFile ? mtime?.getTime() ?? 0 : undefined;
    }
    const { stat } = process.getBuiltinModule("node:fs/promises");
    const stats = await stat(path);
    return stats.isFile() ? Math.floor(stats.mtimeMs) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Names the file in system errors. Deno's permission errors are unchanged. */
async function withFile<T>(
  action: string,
  path: string,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    if (cause instanceof TotemError || systemCode(cause) === undefined) {
      throw cause;
    }
    const reason = systemReason(cause) ?? (cause as Error).message;
    throw new StorageError(`Cannot ${action} ${path}: ${reason}`, { cause });
  }
}
