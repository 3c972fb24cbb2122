/**
 * An entry of an archive; its type flag says whether it is a file, a folder, a link
 * etc.
 */
export interface Archived {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: string;
  /** Overrides the number of bytes. */
  readonly size?: number;
}

/** A tar archive, compressed by gzip. */
export async function archiveOf(
  files: readonly Archived[],
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = files.flatMap(({ name, bytes, type = "0", size }) => [
    header(name, size ?? bytes.length, type),
    bytes,
    new Uint8Array((512 - bytes.length % 512) % 512),
  ]);
  return await gzip(new Blob([...parts, new Uint8Array(1024)] as BlobPart[]));
}

/** Compresses bytes. */
export async function gzip(bytes: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const stream = bytes.stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** npm's integrity string of an archive. */
export async function integrityOf(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-512", bytes as BufferSource);
  return `sha512-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
}

function header(name: string, size: number, type: string): Uint8Array {
  const block = new Uint8Array(512);
  const write = (text: string, at: number) =>
    block.set(new TextEncoder().encode(text), at);
  const cut = name.length > 100 ? name.lastIndexOf("/", 154) : -1;
  write(name.slice(cut + 1), 0);
  if (cut >= 0) write(name.slice(0, cut), 345);
  write("0000644\0", 100);
  write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  write("        ", 148);
  write(type, 156);
  write("ustar\x0000", 257);
  const sum = block.reduce((sum, it) => sum + it, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
