import { assertArgument } from "../../argument.ts";
import { isAddress } from "../../io/address.ts";
import type { RunStorage } from "../storage.ts";
import { folderStorage } from "./folder_storage.ts";

/**
 * Where the files of a batch run lie.
 *
 * @param address The path of a folder, which needn't exist yet.
 * @throws {ArgumentError} When it is something else.
 */
// deno-lint-ignore require-await
export async function openStorage(address: string): Promise<RunStorage> {
  assertArgument(
    typeof address === "string" && address !== "" && !isAddress(address),
    "open a batch run as its address must be the path of a folder",
    address,
  );
  return folderStorage(address);
}
