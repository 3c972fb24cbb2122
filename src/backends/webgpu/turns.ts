/** A number of places, each for one at a time; the others wait in order. */
export interface Turns {
  /** Waits for a place and gives it to `action`. */
  use<T>(action: (place: number) => Promise<T>): Promise<T>;
}

/** So many places. */
export function createTurns(places: number): Turns {
  const free = Array.from({ length: places }, (_, i) => i);
  const waiting: ((place: number) => void)[] = [];
  return {
    async use(action) {
      const place = free.shift() ??
        await new Promise<number>((resolve) => waiting.push(resolve));
      try {
        return await action(place);
      } finally {
        const next = waiting.shift();
        if (next) next(place);
        else free.push(place);
      }
    },
  };
}
