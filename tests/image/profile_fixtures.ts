import type { Pixels } from "../../src/image/mod.ts";
import { type DecodeCase, fixture } from "./fixtures.ts";

/** A file with a colour profile; `expected` has its stored levels. */
export interface ProfileCase extends DecodeCase {
  /** Raw RGB rows in sRGB, as a viewer shows them. */
  readonly shown: string;
}

export const PROFILE_CASES: readonly ProfileCase[] = readCases();

function readCases(): readonly ProfileCase[] {
  const cases: readonly ProfileCase[] = JSON.parse(
    new TextDecoder().decode(fixture("profiles/cases.json")),
  );
  return cases.map((it) => ({
    ...it,
    file: `profiles/${it.file}`,
    expected: `profiles/${it.expected}`,
    shown: `profiles/${it.shown}`,
  }));
}

/** The mean difference of all channels, in levels. */
export function meanDifference(a: Pixels, b: Pixels): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    sum += Math.abs(a.data[i]! - b.data[i]!);
  }
  return sum / a.data.length;
}
