import { ArgumentError } from "../errors.ts";
import { isAddress } from "../io/address.ts";
import { isAbsolutePath, withSlashes } from "../io/paths.ts";
import { realPath } from "../io/real_path.ts";
import type { BatchPlan } from "./plan.ts";
import type { RunStorage } from "./storage.ts";

const pathModule = () => process.getBuiltinModule("node:path");

/**
 * The folder for relative paths as stored in a plan: relative to the run's folder, so
 * that both can be moved together. It is absolute if the run is in a bucket, on another
 * drive or behind a link that leads elsewhere.
 *
 * @param root The folder's absolute path.
 */
export async function plannedRoot(
  root: string,
  { address }: RunStorage,
): Promise<string> {
  if (isAddress(address)) return root;
  const { relative, resolve } = pathModule();
  const run = resolve(address);
  const path = relative(run, root);
  if (isAbsolutePath(path)) return root; // On another drive.
  // The real path of the run must lead to the same folder.
  const [realRun, realRoot] = [await realPath(run), await realPath(root)];
  const leadsThere = realPath(resolve(realRun, path));
  return await leadsThere === realRoot ? withSlashes(path) || "." : root;
}

const OF_WINDOWS = /^([a-z]:|[/\\])[/\\]/i;

/**
 * The plan's folder for relative paths, as an absolute path; `undefined` if it has none,
 * or one that has no meaning here.
 */
export function plannedFolder(
  { images: { root } }: BatchPlan,
  { address }: RunStorage,
): string | undefined {
  if (root === undefined || isAbsolutePath(root)) return root;
  if (isAddress(address) || OF_WINDOWS.test(root)) return undefined;
  return pathModule().resolve(address, root);
}

/**
 * The folder for a run's relative paths, as an absolute path; `undefined` if all its
 * images have addresses.
 *
 * @param override The folder on this machine, if it differs from the plan's.
 * @throws {ArgumentError} When the plan's folder has no meaning here.
 */
export function rootOf(
  plan: BatchPlan,
  storage: RunStorage,
  override?: string,
): string | undefined {
  if (override !== undefined) return pathModule().resolve(override);
  const { root } = plan.images;
  const folder = plannedFolder(plan, storage);
  if (root === undefined || folder !== undefined) return folder;
  const { address } = storage;
  const isOfWindows = OF_WINDOWS.test(root);
  throw new ArgumentError(
    `Cannot find the images of ${address} as they are in ${root}, which ${
      isOfWindows
        ? "is a path on Windows"
        : "is relative to a folder, and the run isn't in one"
    }: name their folder on this machine with --root, or root`,
  );
}
