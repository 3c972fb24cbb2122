import { ArgumentError } from "../errors.ts";
import { isAddress } from "../io/address.ts";
import { isAbsolutePath, withSlashes } from "../io/paths.ts";
import { realPath } from "../io/real_path.ts";
import type { BatchPlan } from "./plan.ts";
import type { RunStorage } from "./storage.ts";

const pathModule = () => process.getBuiltinModule("node:path");

/**
 * How a plan says in which folder relative paths lie: from the run's folder, so that both
 * can be moved together; or by its absolute path, where the run is in a bucket, on another
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
  if (isAbsolutePath(path)) return root; // It is on another drive.
  // Who comes by the real path of the run must find the same folder.
  const [realRun, realRoot] = [await realPath(run), await realPath(root)];
  const leadsThere = realPath(resolve(realRun, path));
  return await leadsThere === realRoot ? withSlashes(path) || "." : root;
}

/**
 * The folder in which a run's relative paths lie, as an absolute path; `undefined` if all
 * its images are at addresses.
 *
 * @param override Where they lie on this machine, if the plan's folder isn't there.
 * @throws {ArgumentError} When the plan's folder has no meaning here.
 */
export function rootOf(
  { images: { root } }: BatchPlan,
  { address }: RunStorage,
  override?: string,
): string | undefined {
  if (override !== undefined) return pathModule().resolve(override);
  if (root === undefined || isAbsolutePath(root)) return root;
  const isOfWindows = /^([a-z]:|[/\\])[/\\]/i.test(root);
  if (!isAddress(address) && !isOfWindows) {
    return pathModule().resolve(address, root);
  }
  throw new ArgumentError(
    `Cannot find the images of ${address} as they lie in ${root}, which ${
      isOfWindows
        ? "is a path of Windows"
        : "is relative to a folder, and the run is in none"
    }: say with --root, or root, where they lie on this machine`,
  );
}
