/**
 * Reads ZIP archives of Keras and PyTorch, which don't compress tensors unless repacked.
 * Section numbers are those of the ".ZIP File Format Specification" 6.3.10.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import { crc32 } from "../io/crc32.ts";
import { TruncatedError } from "./truncated.ts";

/** An archive in memory. */
export interface ZipArchive {
  /** The names of its files, in the order of its directory. */
  readonly names: readonly string[];
  /**
   * The bytes of a file, a view of the archive unless unpacked; `undefined` if there is none.
   *
   * Its CRC-32 is checked, in 1 ms per MiB, unless it is 0, as some writers leave it out.
   *
   * @throws {CorruptWeightsError} When it is compressed, encrypted or damaged.
   */
  read(name: string): Uint8Array | undefined;
  /**
   * Like `read`, for a file that may be compressed.
   *
   * @param limit Maximum size of the file, in bytes.
   */
  inflate(name: string, limit: number): Promise<Uint8Array | undefined>;
  /**
   * Inflates the compressed ones of these files, so that `read` returns them.
   *
   * @param limit Maximum size of all of them, in bytes.
   */
  unpack(names: Iterable<string>, limit: number): Promise<void>;
}

interface Entry {
  /** The offset of its local header. */
  readonly header: number;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  /** Uncompressed size, in bytes. */
  readonly size: number;
}

/** Whether a file that begins with `start` is a ZIP archive with files in it (4.3.7). */
export function isZip(start: Uint8Array): boolean {
  return [0x50, 0x4b, 3, 4].every((it, i) => start[i] === it);
}

/**
 * Maximum size of the directory, in bytes. A network's has up to 0.2 MB, and needs four times
 * that in memory.
 */
const MAX_DIRECTORY = 2 ** 20;

/**
 * Reads the directory of an archive, and checks that its files don't overlap.
 *
 * @param what Names the archive in errors about a file that is cut off.
 * @throws {CorruptWeightsError} When it isn't a ZIP archive, or is damaged.
 */
export function openZip(
  bytes: Uint8Array,
  what = "the ZIP archive",
): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = findDirectory(view, what);
  const entries = new Map<string, Entry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (!(at + 46 <= end && view.getUint32(at, true) === 0x02014b50)) {
      throw corrupt(`its directory must list ${count} files: it lists ${i}`);
    }
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > end) throw corrupt("its directory must be whole: it isn't");
    const name = decoder.decode(bytes.subarray(at + 46, nameEnd));
    if (entries.has(name)) throw corrupt(`"${name}" stands in it twice`);
    const size = view.getUint32(at + 20, true);
    const header = view.getUint32(at + 42, true);
    const data = header + 30 <= start &&
        view.getUint32(header, true) === 0x04034b50
      ? header + 30 + view.getUint16(header + 26, true) +
        view.getUint16(header + 28, true)
      : Infinity;
    // 64-bit sizes, for 4 GiB or more, aren't read: a network is smaller.
    if (!(data + size <= start)) {
      throw corrupt(`"${name}" must lie before its directory: it doesn't`);
    }
    entries.set(name, {
      header,
      start: data,
      end: data + size,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      size: view.getUint32(at + 24, true),
    });
    at = next;
  }
  assertApart(entries);
  const sound = new Set<string>(); // Checked files, as many tensors may be in one.
  const check = (name: string, file: Uint8Array) => {
    const { crc } = entries.get(name)!;
    if (crc === 0 || sound.has(name) || crc32(file) === crc) {
      sound.add(name);
      return file;
    }
    throw corrupt(`"${name}" is damaged: its CRC-32 is wrong`);
  };
  const unpacked = new Map<string, Uint8Array>();
  const archive: ZipArchive = {
    names: [...entries.keys()],
    read(name) {
      const ready = unpacked.get(name);
      if (ready !== undefined) return ready;
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      if (entry.method !== 0 || (entry.flags & 1) !== 0) {
        throw new CorruptWeightsError(
          `Cannot read "${name}" in the ZIP archive as it must not be compressed or encrypted: save the model again, or unpack it and pack it by zip -0`,
        );
      }
      return check(name, bytes.subarray(entry.start, entry.end));
    },
    async inflate(name, limit) {
      const entry = entries.get(name);
      if (entry?.method !== DEFLATED || (entry.flags & 1) !== 0) {
        return archive.read(name);
      }
      const packed = bytes.subarray(entry.start, entry.end);
      if (entry.size > limit) {
        throw corrupt(
          `"${name}" must have <= ${limit} bytes: it has ${entry.size}`,
        );
      }
      return check(name, await inflate(name, packed, entry.size));
    },
    async unpack(names, limit) {
      let left = limit;
      for (const name of names) {
        if (entries.get(name)?.method !== DEFLATED) continue;
        const file = (await archive.inflate(name, left))!;
        left -= file.length;
        unpacked.set(name, file);
      }
    },
  };
  return archive;
}

const DEFLATED = 8;

/** Compressed bytes per chunk. They may inflate to a thousand times as many. */
const PIECE = 2 ** 12;

/** @param size The uncompressed size listed in the directory. */
async function inflate(
  name: string,
  packed: Uint8Array,
  size: number,
): Promise<Uint8Array> {
  const wrong = (what: string) =>
    corrupt(`"${name}" must have the ${size} bytes that are listed: ${what}`);
  // A byte inflates to at most 1032, so a small file can't request much memory.
  if (size > packed.length * 1032) throw wrong("it has fewer");
  let at = 0;
  const pieces = new ReadableStream<BufferSource>({
    pull(controller) {
      if (at >= packed.length) return controller.close();
      controller.enqueue(packed.slice(at, at += PIECE));
    },
  });
  const inflated = pieces.pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader();
  const result = new Uint8Array(size);
  let length = 0;
  while (true) {
    const { done, value } = await inflated.read().catch((cause) => {
      throw corrupt(`"${name}" must be compressed by deflate: it is damaged`, {
        cause,
      });
    });
    if (done) break;
    if (length + value.length > size) {
      await inflated.cancel().catch(() => {});
      throw wrong("it has more");
    }
    result.set(value, length);
    length += value.length;
  }
  if (length < size) throw wrong("it has fewer");
  return result;
}

/** Finds the directory by the record at the archive's end (4.3.16). */
function findDirectory(view: DataView, what: string) {
  const RECORD = 22;
  let at = view.byteLength - RECORD;
  const first = Math.max(0, at - 0xffff);
  // Only a comment may follow the record.
  while (
    at >= first && !(view.getUint32(at, true) === 0x06054b50 &&
      at + RECORD + view.getUint16(at + 20, true) === view.byteLength)
  ) at--;
  if (at < first) {
    throw new TruncatedError(
      `Cannot read ${what} as the list of its files must stand at its end: it doesn't`,
    );
  }
  // PyTorch also writes the 64-bit record (4.3.14), but needs it only from 4 GiB on.
  const count = view.getUint16(at + 10, true);
  const length = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  if (count === 0xffff || length > MAX_DIRECTORY) {
    throw corrupt(
      `its directory must have <= ${MAX_DIRECTORY} bytes and < 65535 files: it has ${length} and ${count}`,
    );
  }
  if (start + length > at) throw corrupt("its directory must lie in it");
  return { count, start, end: start + length };
}

/** Throws if files share bytes: a small archive could then claim huge contents. */
function assertApart(entries: ReadonlyMap<string, Entry>): void {
  let end = 0;
  const sorted = [...entries.values()].sort((a, b) => a.header - b.header);
  for (const entry of sorted) {
    if (entry.header < end) throw corrupt("its files must not share bytes");
    end = entry.end;
  }
}

const decoder = new TextDecoder();

function corrupt(must: string, options?: ErrorOptions): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot read the ZIP archive as ${must}`,
    options,
  );
}
