import { UnreadableImageError } from "../faults.ts";
import {
  MAX_FILE_BYTES,
  type ReadImage,
  tooManyBytes,
} from "../image_reading.ts";
import { parseS3Address, type S3Place } from "./s3_address.ts";
import { openS3, type S3Client } from "./s3_client.ts";

/**
 * Creates a reader for images with addresses such as `s3://bucket/key`. It returns
 * `undefined` if there is no such object.
 *
 * It throws an `UnreadableImageError` for an invalid address, an `ImageTooLargeError` for
 * a file of more than 256 MiB, and other errors if the machine is at fault: for example,
 * if the keys are wrong or the server can't be reached.
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
  // Without a key, the server would return the bucket's list.
  if (place.key === "") throw new UnreadableImageError("absent", message);
  return place;
}
