import { systemCode, systemReason } from "../../io/system_reason.ts";
import {
  type BlobStorage,
  copyStart,
  type PendingBlob,
} from "./blob_storage.ts";

/**
 * Wraps `storage` so that its faults (a read-only folder, a full disk, a missing
 * permission, a quota) become one warning: unreadable blobs count as absent, and blobs
 * that can't be written stay in memory. Only `remove` throws, as removing is all that
 * its caller wants.
 */
export function bestEffortStorage(
  storage: BlobStorage,
  onWarning: (message: string) => void = () => {},
): BlobStorage {
  let warned = false;
  const warn = (fault: unknown) => {
    if (!warned) onWarning(warningText(fault, storage.place));
    warned = true;
  };
  return {
    list: () => storage.list().catch((fault) => (warn(fault), [])),
    read: (name) => storage.read(name).catch((fault) => void warn(fault)),
    remove: (name) => storage.remove(name),
    async create(name) {
      try {
        return bestEffortBlob(await storage.create(name), warn);
      } catch (fault) {
        warn(fault);
        return memoryBlob();
      }
    },
  };
}

function warningText(fault: unknown, place: string | undefined): string {
  const text = fault instanceof Error ? fault.message : `${fault}`;
  const known = faultOf(fault, text);
  if (known !== undefined && place !== undefined) {
    return `Cannot keep models in ${place}: ${known}`;
  }
  const reason = known === undefined
    ? text.split("\n")[0]
    : `${known} (${text})`;
  return `Cannot keep models for the next time: ${reason}`;
}

function faultOf(fault: unknown, text: string): string | undefined {
  // Deno requires all permissions for files that represent the system, as in /proc.
  if (text.startsWith("Requires all access to ")) {
    return "it is among the system's files, which can't hold a cache";
  }
  return systemCode(fault) === "ENOENT"
    ? "the folder can't be created"
    : systemReason(fault);
}

function bestEffortBlob(
  blob: PendingBlob,
  warn: (fault: unknown) => void,
): PendingBlob {
  let size = 0;

  /** Does `work`, and after a fault repeats it with a copy in memory. */
  async function orInMemory<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (fault) {
      warn(fault);
      const copy = memoryBlob();
      // A write that failed may have left some of its bytes.
      if (!await copyStart(blob.stream(), size, copy.append)) throw fault;
      await blob.discard().catch(() => {});
      blob = copy;
      return await work();
    }
  }

  return {
    async append(bytes) {
      await orInMemory(() => blob.append(bytes));
      size += bytes.length;
    },
    stream: () => blob.stream(),
    publish: (name) => orInMemory(() => blob.publish(name)),
    keep: () => blob.keep().catch(warn),
    discard: () => blob.discard().catch(warn),
  };
}

/** A storage that keeps nothing; the warning says why. */
export function nullStorage(reason: string): BlobStorage {
  return {
    list: () => Promise.resolve([]),
    read: () => Promise.resolve(undefined),
    create: () => Promise.reject(new Error(reason)),
    remove: () => Promise.resolve(),
  };
}

/** Bytes of a blob in memory that are copied at a time. */
const CHUNK = 2 ** 18;

/** A blob in memory, which `whole` returns as a platform `Blob`. */
export function memoryBlob(): PendingBlob & { whole(): Blob } {
  let chunks: Uint8Array[] = [];
  const stream = () => streamCopies(chunks);
  return {
    append: (bytes) => Promise.resolve(void chunks.push(bytes)),
    stream,
    whole: () => new Blob(chunks as BlobPart[]),
    publish() {
      const size = chunks.reduce((sum, it) => sum + it.length, 0);
      return Promise.resolve({ size, stream });
    },
    keep: () => Promise.resolve(),
    discard: () => Promise.resolve(void (chunks = [])),
  };
}

/** Copies, so that a reader may transfer the chunks. */
function streamCopies(
  chunks: readonly Uint8Array[],
): ReadableStream<Uint8Array> {
  function* copies() {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += CHUNK) {
        yield chunk.slice(at, at + CHUNK);
      }
    }
  }
  const remaining = copies();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = remaining.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}
