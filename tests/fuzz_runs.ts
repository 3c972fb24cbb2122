let isThorough = false;

/** Makes tests that this module graph loads from now on try more cases. */
export function fuzzThoroughly(): void {
  isThorough = true;
}

/**
 * The number of cases to try: `some` by default, `more` after
 * {@linkcode fuzzThoroughly}, in which case `TOTEM_FUZZ` overrides it.
 */
export function fuzzRuns(some: number, more: number): number {
  return isThorough ? Number(Deno.env.get("TOTEM_FUZZ") ?? more) : some;
}
