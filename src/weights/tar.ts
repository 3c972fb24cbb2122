import { CorruptWeightsError } from "../errors.ts";

const BLOCK = 512;

/**
 * Extracts files from a gzipped tar archive, npm's format.
 *
 * Source: RFC 1952; POSIX.1-2017, pax archives.
 *
 * @param limit Maximum size of the unpacked archive, in bytes.
 */
export async function unpack(
  archive: Uint8Array,
  names: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const blocks = readUnpacked(archive, limit);
  try {
    while (files.size < names.length) {
      const entry = parseHeader(await blocks.take(BLOCK));
      if (entry === null) break;
      const { name, size, isFile } = entry;
      if (isFile && names.includes(name)) {
        files.set(name, await blocks.take(size));
      } else await blocks.skip(size);
      await blocks.skip((BLOCK - size % BLOCK) % BLOCK);
    }
  } finally {
    await blocks.close();
  }
  for (const name of names) {
    if (!files.has(name)) throw corrupt(`it must have ${name}: it hasn't`);
  }
  return files;
}

/** Parses the header of a file; `null` at the zeros that end the archive. */
function parseHeader(block: Uint8Array) {
  if (block.every((it) => it === 0)) return null;
  const sum = block.reduce(
    (sum, it, i) => sum + (i >= 148 && i < 156 ? 0x20 : it),
    0,
  );
  const size = numberAt(block, 124, 12);
  if (numberAt(block, 148, 8) !== sum || size === undefined) {
    throw corrupt("each file must have a sound header: one hasn't");
  }
  const prefix = textAt(block, 345, 155);
  const name = textAt(block, 0, 100);
  const kind = block[156]!;
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size,
    isFile: kind === 0 || kind === 0x30,
  };
}

function numberAt(
  block: Uint8Array,
  start: number,
  length: number,
): number | undefined {
  const text = textAt(block, start, length).trim();
  return /^[0-7]{1,11}$/.test(text) ? parseInt(text, 8) : undefined;
}

function textAt(block: Uint8Array, start: number, length: number): string {
  const bytes = block.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function readUnpacked(archive: Uint8Array, limit: number) {
  const stream = new Blob([archive as BlobPart]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  let chunk = new Uint8Array();
  let done = 0;

  /** Calls `use` with the next `count` bytes, in chunks. */
  async function read(count: number, use: (chunk: Uint8Array) => void) {
    if (done + count > limit) {
      throw corrupt(`it must have <= ${limit} bytes: it has more`);
    }
    done += count;
    while (count > 0) {
      if (chunk.length === 0) chunk = await next();
      const own = chunk.subarray(0, count);
      use(own);
      chunk = chunk.subarray(own.length);
      count -= own.length;
    }
  }

  async function next(): Promise<Uint8Array<ArrayBuffer>> {
    const { done, value } = await reader.read().catch((cause) => {
      throw corrupt("it must be whole and compressed by gzip: it isn't", cause);
    });
    if (done) throw corrupt("it must have all of its files: it is cut off");
    return value as Uint8Array<ArrayBuffer>;
  }

  return {
    async take(count: number): Promise<Uint8Array> {
      const chunks: Uint8Array[] = [];
      let length = 0;
      await read(count, (chunk) => chunks.push(chunk));
      const bytes = new Uint8Array(count);
      for (const chunk of chunks) {
        bytes.set(chunk, length);
        length += chunk.length;
      }
      return bytes;
    },
    skip: (count: number) => read(count, () => {}),
    close: () => reader.cancel().catch(() => {}),
  };
}

function corrupt(must: string, cause?: unknown): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot unpack a package as ${must}`, {
    cause,
  });
}
