import { assertFileSize, MAX_FILE_BYTES } from "../../image/fetch_bytes.ts";
import { parseS3Address } from "./s3_address.ts";
import { type GetOptions, openS3, type S3Client } from "./s3_client.ts";

/**
 * Reads images by their addresses, `s3://bucket/key`: gives `undefined` where there is
 * none.
 *
 * The function throws an `ImageTooLargeError` as other images' addresses do, an
 * `ArgumentError` for what is no such address, and a `StorageError` for everything
 * else: then the machine, its keys or the server are at fault, not the image.
 *
 * @param open Opens buckets when the first image is read.
 */
export function s3Images(
  open: () => Promise<S3Client> = openS3,
): (
  address: string,
  reading: Pick<GetOptions, "reserve" | "signal">,
) => Promise<Uint8Array | undefined> {
  let opening: Promise<S3Client> | undefined;
  return async (address, { reserve, signal }) => {
    const place = parseS3Address(address);
    opening ??= open();
    const client = await opening.catch((error) => {
      opening = undefined;
      throw error;
    });
    const bytes = await client.get(place, {
      limit: MAX_FILE_BYTES,
      reserve,
      signal,
    });
    if (bytes === null) assertFileSize(address, Infinity);
    return bytes ?? undefined;
  };
}
