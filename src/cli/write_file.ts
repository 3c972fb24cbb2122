import { dirname } from "node:path";

/**
 * Writes a file beside its place and renames it, so that it is there whole or not
 * at all. Its folder is made where there is none.
 */
export async function writeFileWhole(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}.part`;
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await Deno.writeFile(beside, stream, { createNew: true });
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}

/** Writes a text file, whole or not at all. */
export async function writeTextWhole(
  path: string,
  text: string,
): Promise<void> {
  await writeFileWhole(path, new Blob([text]).stream());
}
