/**
 * A cache makes the next time quicker, so its faults stop nobody: a folder that is
 * read-only, a disk that is full, a permission that is absent, a quota.
 *
 * @module
 */
import { memoryDraft } from "./memory_draft.ts";
import { type Draft, forEachChunk, type Shelf } from "./shelf.ts";

/**
 * `shelf`, whose faults become one warning: what can't be read isn't there, and
 * what can't be written stays in memory. Only `remove` still throws, as who asks
 * for that wants to know.
 */
export function forgivingShelf(
  shelf: Shelf,
  onWarning: (message: string) => void = () => {},
): Shelf {
  let warned = false;
  const warn = (fault: unknown) => {
    if (warned) return;
    warned = true;
    const text = fault instanceof Error ? fault.message : `${fault}`;
    // Deno asks for all permissions where files stand for the system, as in /proc.
    const [, path] = text.match(/^Requires all access to "([^"]*)"/) ?? [];
    const reason = path === undefined
      ? text
      : `${path} lies among the system's own files, where no cache can be`;
    onWarning(
      `Cannot keep models for the next time: ${reason.split("\n")[0]}`,
    );
  };
  return {
    list: () => shelf.list().catch((fault) => (warn(fault), [])),
    read: (name) => shelf.read(name).catch((fault) => void warn(fault)),
    remove: (name) => shelf.remove(name),
    async create(name) {
      try {
        return forgivingDraft(await shelf.create(name), warn);
      } catch (fault) {
        warn(fault);
        return memoryDraft();
      }
    },
  };
}

function forgivingDraft(draft: Draft, warn: (fault: unknown) => void): Draft {
  let size = 0;

  /** Goes on in memory, from what had been written before the fault. */
  async function moveToMemory(fault: unknown): Promise<void> {
    warn(fault);
    const shelved = draft;
    const copy = memoryDraft();
    let missing = size;
    await forEachChunk(shelved.stream(), async (part) => {
      // A write that failed may have left some of its bytes.
      const known = part.subarray(0, missing);
      missing -= known.length;
      await copy.append(known);
    });
    if (missing > 0) throw fault;
    await shelved.discard().catch(() => {});
    draft = copy;
  }

  return {
    async append(bytes) {
      try {
        await draft.append(bytes);
      } catch (fault) {
        await moveToMemory(fault);
        await draft.append(bytes);
      }
      size += bytes.length;
    },
    stream: () => draft.stream(),
    async publish(name) {
      try {
        return await draft.publish(name);
      } catch (fault) {
        await moveToMemory(fault);
        return await draft.publish(name);
      }
    },
    keep: () => draft.keep().catch(warn),
    discard: () => draft.discard().catch(warn),
  };
}

/** A shelf that holds nothing and takes nothing, for a reason. */
export function noShelf(reason: string): Shelf {
  return {
    list: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    create: () => Promise.reject(new Error(reason)),
    remove: () => Promise.resolve(),
  };
}
