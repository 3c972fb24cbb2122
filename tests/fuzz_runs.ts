let isThorough = false;

/** Has the tests that this module graph loads from now on try more cases. */
export function fuzzThoroughly(): void {
  isThorough = true;
}

/**
 * How many cases a test tries: `some`, or `more` where there is time, unless
 * `TOTEM_FUZZ` says how many then.
 */
export function fuzzRuns(some: number, more: number): number {
  return isThorough ? Number(Deno.env.get("TOTEM_FUZZ") ?? more) : some;
}
