import { UnreadableImageError } from "../faults.ts";
import {
  MAX_FILE_BYTES,
  type ReadImage,
  tooManyBytes,
} from "../image_reading.ts";
import { parseS3Address, type S3Place } from "./s3_address.ts";
import { openS3, type S3Client } from "./s3_client.ts";

/**
 * Reads images by their addresses, `s3://bucket/key`: gives `undefined` where there is
 * none.
 *
 * What it throws is an `UnreadableImageError` for what is no such address, an
 * `ImageTooLargeError` for a file of more than 256 MiB, and others when it is the
 * machine's fault: it has the wrong keys, say, or doesn't reach the server.
 *
 * @param open Opens buckets when the first image is read.
 */
export function s3Images(
  open: () => Promise<S3Client> = openS3,
): ReadImage {
  let opening: Promise<S3Client> | undefined;
  return async (address, reading) => {
    const place = placeOf(address);
    opening ??= open();
    const client = await opening.catch((error) => {
      opening = undefined;
      throw error;
    });
    const options = { ...reading, limit: MAX_FILE_BYTES };
    const bytes = await client.get(place, options);
    if (bytes === null) throw tooManyBytes();
    return bytes;
  };
}

function placeOf(address: string): S3Place {
  const message = "its address isn't s3://bucket/key";
  let place: S3Place;
  try {
    place = parseS3Address(address);
  } catch (cause) {
    throw new UnreadableImageError("absent", message, { cause });
  }
  // What answers then is the bucket's list.
  if (place.key === "") throw new UnreadableImageError("absent", message);
  return place;
}
