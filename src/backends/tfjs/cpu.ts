import { BackendUnavailableError } from "../../errors.ts";
import type { Tfjs } from "./execute.ts";
import { importPackage, initialize } from "./initialize.ts";
import { foundTfjs } from "./packages.ts";

/**
 * tfjs, with its backend of plain JavaScript initialised: the slowest by far, and the
 * one that needs neither a GPU nor files.
 *
 * @throws {BackendUnavailableError} When it can't be initialised.
 */
export async function loadTfjsCpu(packages = foundTfjs): Promise<Tfjs> {
  const tf = await initialize(
    "cpu",
    packages,
    () => importPackage(packages.cpu),
  );
  if (tf !== null) return tf;
  throw new BackendUnavailableError("Cannot initialise tfjs's CPU backend");
}
