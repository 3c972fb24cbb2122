import { IMAGE_ENDINGS } from "../../image/image_format.ts";
import { type ByteRanges, rangesSource } from "../../io/byte_ranges.ts";
import { passedOver } from "../../io/passed_over.ts";
import { counted } from "../../text/numbers.ts";
import { StorageError } from "../../errors.ts";
import {
  isNameable,
  parseS3Address,
  s3Address,
  type S3Place,
} from "../s3/s3_address.ts";
import { openS3, type S3Client } from "../s3/s3_client.ts";
import type { Corpus } from "./corpus.ts";
import { corpusError, noColumnError } from "./corpus_error.ts";
import { isParquet, parquetCorpus } from "./parquet_corpus.ts";
import { FIRST_BLOCK, textCorpus } from "./text_corpus.ts";

/**
 * The images in a bucket whose keys begin with a prefix that ends with `/`, or the images
 * listed in a text or Parquet object.
 *
 * @param address `s3://bucket/prefix/`, `s3://bucket` or `s3://bucket/list.parquet`.
 * @throws {StorageError} When the bucket can't be read. `rows()` may throw it, too.
 * @throws As `openCorpus()` does.
 */
export async function bucketCorpus(
  address: string,
  urlColumn: string | undefined,
  open: () => Promise<S3Client> = openS3,
): Promise<Corpus> {
  const place = parseS3Address(address);
  const client = await open();
  if (place.key === "" || place.key.endsWith("/")) {
    if (urlColumn !== undefined) throw noColumnError(address, urlColumn);
    return prefixCorpus(client, place, address);
  }
  const object = await client.head(place);
  if (object === undefined) {
    const reason =
      `there is no such object. The prefix of images ends with a slash: ${address}/`;
    throw corpusError(address, reason);
  }
  const ranges = objectRanges(client, place, object.size);
  const start = await ranges.read(0, Math.min(FIRST_BLOCK, ranges.size));
  if (isParquet(start)) return await parquetCorpus(ranges, address, urlColumn);
  if (urlColumn !== undefined) throw noColumnError(address, urlColumn);
  const source = () => Promise.resolve(rangesSource(ranges));
  return textCorpus(source, start, address);
}

/** The images in the order of their keys. Hidden ones are skipped, as in folders. */
function prefixCorpus(
  client: S3Client,
  place: S3Place,
  address: string,
): Corpus {
  let seen = passedOver();
  let nameless = 0;
  return {
    address,
    columns: [],
    root: undefined,
    get skipped() {
      return seen.describe() ?? undefined;
    },
    get notes() {
      return nameless === 0 ? [] : [
        `${
          counted(nameless, "key")
        } with "." or ".." between slashes left out, as no URL can have them`,
      ];
    },
    async *rows() {
      seen = passedOver();
      nameless = 0;
      for await (const { key } of client.list(place)) {
        const below = key.slice(place.key.length);
        // Web consoles create an empty object for a folder.
        if (key.endsWith("/")) continue;
        if (!isNameable(key)) nameless++;
        else if (/(^|\/)\./.test(below)) seen.addHidden();
        else if (!IMAGE_ENDINGS.test(key)) {
          seen.addFile(key.slice(key.lastIndexOf("/") + 1));
        } else {
          yield { url: s3Address({ bucket: place.bucket, key }), values: [] };
        }
      }
    },
  };
}

function objectRanges(
  client: S3Client,
  place: S3Place,
  size: number,
): ByteRanges {
  return {
    size,
    async read(start, end) {
      if (start === end) return new Uint8Array();
      const bytes = await client.get(place, { range: [start, end] });
      if (bytes?.length === end - start) return bytes;
      throw new StorageError(
        `Cannot read ${s3Address(place)}: it was changed while it was read`,
      );
    },
  };
}
