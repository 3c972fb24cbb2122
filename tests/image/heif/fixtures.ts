import { type DecodeCase, fixture } from "../fixtures.ts";

/** Files that must decode to the output of avifdec or heif-convert. */
export const HEIF_CASES: readonly DecodeCase[] = JSON.parse(
  new TextDecoder().decode(fixture("heif/cases.json")),
).map((it: DecodeCase) => ({
  ...it,
  file: `heif/${it.file}`,
  expected: `heif/${it.expected}`,
}));
