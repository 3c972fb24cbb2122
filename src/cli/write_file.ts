import { dirname } from "node:path";

/**
 * Writes a file beside its place and renames it once the disk has it, so that it is
 * there whole or as it was before, whatever happens. Its folder is made where there
 * is none.
 *
 * @param check Is given the path of what was written; when it throws, the file
 * stays as it was.
 */
export async function writeFileWhole(
  path: string,
  stream: ReadableStream<Uint8Array>,
  check?: (path: string) => Promise<void>,
): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}.part`;
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await writeThrough(beside, stream);
    await check?.(beside);
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}

async function writeThrough(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const part of stream) {
    for (let done = 0; done < part.length;) {
      done += await file.write(part.subarray(done));
    }
  }
  await file.sync();
}

/** Writes a text file, whole or not at all. */
export async function writeTextWhole(
  path: string,
  text: string,
): Promise<void> {
  await writeFileWhole(path, new Blob([text]).stream());
}

/**
 * Fails now where {@linkcode writeFileWhole} would later, so that nobody waits for a
 * result that can't be written. The folder is made here already, which also asks for
 * the permission that is needed: that to write to the folder, not to a file of a name
 * that nobody knows.
 *
 * @throws {RangeError} When `path` is a folder.
 */
export async function expectWritable(path: string): Promise<void> {
  const { isDirectory } = await Deno.stat(path)
    .catch(() => ({ isDirectory: false }));
  if (isDirectory) {
    throw new RangeError(`Cannot write ${path} as it is a folder`);
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${crypto.randomUUID()}.part`;
  await Deno.writeFile(beside, new Uint8Array(), { createNew: true });
  await Deno.remove(beside);
}
