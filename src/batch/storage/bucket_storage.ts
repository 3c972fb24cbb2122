import { StorageError } from "../../errors.ts";
import { parseS3Address, s3Address } from "../s3/s3_address.ts";
import type { S3Client } from "../s3/s3_client.ts";
import type { RunStorage } from "../storage.ts";
import { assertStoredName } from "./assert_stored_name.ts";

/**
 * Stores a batch run in a bucket, under keys with a common prefix. Any number of
 * processes on any number of machines may share it.
 *
 * @param address `s3://bucket/prefix`, or `s3://bucket`.
 * @throws {ArgumentError} When it isn't such an address.
 */
export function bucketStorage(client: S3Client, address: string): RunStorage {
  const { bucket, key: prefix } = parseS3Address(address.replace(/\/+$/, ""));
  const start = prefix === "" ? "" : `${prefix}/`;
  const placeOf = (name: string) => {
    assertStoredName(name);
    return { bucket, key: start + name };
  };
  return {
    address: s3Address({ bucket, key: prefix }).replace(/\/$/, ""),
    async read(name, signal) {
      const place = placeOf(name);
      const bytes = await client.get(place, { signal });
      if (bytes !== null) return bytes;
      throw new StorageError(
        `Cannot read ${s3Address(place)}: it must have <= 2 GiB: it has more`,
      );
    },
    async has(name) {
      return await client.head(placeOf(name)) !== undefined;
    },
    async write(name, bytes) {
      await client.put(placeOf(name), bytes);
    },
    async *list(folder) {
      const place = placeOf(folder);
      const below = { bucket, key: `${place.key}/` };
      for await (const { key, modified } of client.list(below)) {
        const name = key.slice(start.length);
        // Other programs may store objects in subfolders.
        const isRight = !name.slice(folder.length + 1).includes("/");
        if (isRight && !name.endsWith("/")) yield { name, modified };
      }
    },
  };
}
