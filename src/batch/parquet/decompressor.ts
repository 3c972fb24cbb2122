import type { CompressionCodec } from "hyparquet";
import type * as Compressors from "hyparquet-compressors";
import { importPackage } from "../../runtime/packages.ts";
import { hyparquet } from "./hyparquet.ts";

/** Decompresses a page into a new array of `length` bytes. */
export type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/**
 * Creates the decompressor for the pages of a column.
 *
 * @throws {PackageUnavailableError} When its package isn't installed.
 * @throws {Error} When the compression isn't known.
 */
export async function decompressor(
  codec: CompressionCodec,
): Promise<Decompress> {
  const decompress = await decompressorOf(codec);
  return (bytes, length) => {
    const page = decompress(bytes, length);
    if (page.length === length) return page;
    throw new Error(`a page has ${page.length} bytes, not ${length}`);
  };
}

async function decompressorOf(codec: CompressionCodec): Promise<Decompress> {
  // Copied, as the package may read beyond the end of a view.
  if (codec === "UNCOMPRESSED") return (bytes) => bytes.slice();
  if (codec === "SNAPPY") {
    const { snappyUncompress } = await hyparquet();
    return (bytes, length) => {
      const page = new Uint8Array(length);
      snappyUncompress(bytes, page);
      return page;
    };
  }
  const from = await importPackage<typeof Compressors>(
    "hyparquet-compressors",
    `to read Parquet with the compression ${codec}`,
  );
  switch (codec) {
    case "ZSTD":
      return (bytes, length) =>
        from.decompressZstd(bytes, new Uint8Array(length));
    case "GZIP":
      return from.decompressGzip;
    case "BROTLI":
      return from.decompressBrotli;
    case "LZ4":
      return from.decompressLz4;
    case "LZ4_RAW":
      return from.decompressLz4Raw;
    default:
      throw new Error(`the compression ${codec} isn't known`);
  }
}
