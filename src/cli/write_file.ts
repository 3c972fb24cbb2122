/**
 * Writes a file beside its place and renames it, so that it is there whole or not
 * at all.
 */
export async function writeFileWhole(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  const beside = `${path}.${crypto.randomUUID()}.part`;
  try {
    await Deno.writeFile(beside, stream, { createNew: true });
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}
