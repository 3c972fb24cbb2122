export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/**
 * Keeps the `limit` best of any number of rows, in a heap with the worst of them at the
 * root: one comparison rejects most rows.
 */
export function bestRows(limit: number) {
  const heap: ScoredRow[] = [];
  return {
    /** Only larger scores are accepted. */
    get least(): number {
      return heap.length < limit ? -Infinity : heap[0]!.score;
    },
    /** Offers a row. Call it in ascending row order: of equal scores, the first is kept. */
    offer(row: number, score: number): void {
      if (heap.length < limit) {
        heap.push({ row, score });
        rise(heap);
      } else if (score > heap[0]!.score) {
        heap[0] = { row, score };
        sink(heap);
      }
    },
    /** The best rows, best first. */
    sorted: (): ScoredRow[] => heap.toSorted((a, b) => isWorse(a, b) ? 1 : -1),
  };
}

function isWorse(a: ScoredRow, b: ScoredRow): boolean {
  return a.score < b.score || (a.score === b.score && a.row > b.row);
}

function rise(heap: ScoredRow[]): void {
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1;
    if (!isWorse(heap[at]!, heap[parent]!)) return;
    swap(heap, at, parent);
    at = parent;
  }
}

function sink(heap: ScoredRow[]): void {
  for (let at = 0;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) return;
    const right = left + 1;
    const child = right < heap.length && isWorse(heap[right]!, heap[left]!)
      ? right
      : left;
    if (!isWorse(heap[child]!, heap[at]!)) return;
    swap(heap, at, child);
    at = child;
  }
}

function swap(heap: ScoredRow[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
