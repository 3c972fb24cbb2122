let isThorough = false;

/** Has the tests that this module graph loads from now on try all their cases. */
export function fuzzThoroughly(): void {
  isThorough = true;
}

/** How many cases a test tries: `some`, or `all` where there is time. */
export function fuzzRuns(some: number, all: number): number {
  return isThorough ? all : some;
}
