/** Picks at most `most` items, evenly spaced, as folders are sorted. */
export function pickEvenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from(
    { length: most },
    (_, i) => items[Math.floor(i * items.length / most)]!,
  );
}
