import { assertArgument } from "../../argument.ts";
import { isAddress } from "../../io/address.ts";
import { isS3Address } from "../s3/s3_address.ts";
import type { RunStorage } from "../storage.ts";
import { folderStorage } from "./folder_storage.ts";

/**
 * Opens the storage of a batch run.
 *
 * @param address The path of a folder, which needn't exist yet, or `s3://bucket/prefix`.
 * @throws {ArgumentError} When the address is of another kind.
 * @throws {StorageError} When the environment has no keys for the bucket.
 * @throws {PackageUnavailableError} When aws4fetch, which buckets need, isn't installed.
 */
export async function openStorage(address: string): Promise<RunStorage> {
  const isText = typeof address === "string" && address !== "";
  if (isText && isS3Address(address)) {
    const { openS3 } = await import("../s3/s3_client.ts");
    const { bucketStorage } = await import("./bucket_storage.ts");
    return bucketStorage(await openS3(), address);
  }
  assertArgument(
    isText && !isAddress(address),
    "open a batch run as its address must be the path of a folder, or s3://bucket/prefix",
    address,
  );
  return folderStorage(address);
}
