/** Makes ZIP archives. */
import { crc32, deflateRawSync } from "node:zlib";
import { joined } from "./joined.ts";

/**
 * Makes an archive of files.
 *
 * @param before Bytes that precede the archive in the file.
 * @param isDeflated Whether to compress the files.
 */
export function makeZip(
  files: Readonly<Record<string, Uint8Array | string>>,
  before = 0,
  isDeflated = false,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = before;
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string"
      ? encoder.encode(content)
      : content;
    const packed = isDeflated ? deflateRawSync(bytes) : bytes;
    const encodedName = encoder.encode(name);
    const facts = new DataView(new ArrayBuffer(26));
    facts.setUint16(0, 20, true); // The version needed to extract.
    facts.setUint32(10, crc32(bytes), true);
    facts.setUint16(4, isDeflated ? 8 : 0, true);
    facts.setUint32(14, packed.length, true);
    facts.setUint32(18, bytes.length, true);
    facts.setUint16(22, encodedName.length, true);
    const both = new Uint8Array(facts.buffer);
    const offset = new DataView(new ArrayBuffer(14));
    offset.setUint32(10, at, true);
    const local = joined(
      encoder.encode("PK\x03\x04"),
      both,
      encodedName,
      packed,
    );
    directory.push(
      encoder.encode("PK\x01\x02\x14\0"),
      both,
      new Uint8Array(offset.buffer),
      encodedName,
    );
    locals.push(local);
    at += local.length;
  }
  const listed = joined(...directory);
  const end = new DataView(new ArrayBuffer(18));
  end.setUint16(4, locals.length, true);
  end.setUint16(6, locals.length, true);
  end.setUint32(8, listed.length, true);
  end.setUint32(12, at, true);
  return joined(
    ...locals,
    listed,
    encoder.encode("PK\x05\x06"),
    new Uint8Array(end.buffer),
  );
}
