import { assertArgument } from "../../argument.ts";

/** Letters, digits and a few signs; no segment is `.` or `..`. */
const NAME = /^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/;

/**
 * @throws {ArgumentError} When `name` can't be the name of a run's file: it might lead
 * outside the run, or name another file on another system.
 */
export function assertStoredName(name: string): void {
  const rule =
    "store a file as its name must be of letters, digits, _, - and . with / between";
  assertArgument(typeof name === "string" && NAME.test(name), rule, name);
}
