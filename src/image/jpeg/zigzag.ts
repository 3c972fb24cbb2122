/** For each coefficient in zigzag order, its row times 8 plus its column. */
export const ZIGZAG: Readonly<Uint8Array> = zigzag();

function zigzag(): Uint8Array {
  const order = new Uint8Array(64);
  let k = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let i = 0; i <= diagonal; i++) {
      // Odd diagonals run down from the upper right.
      const row = diagonal % 2 ? i : diagonal - i;
      const column = diagonal - row;
      if (row < 8 && column < 8) order[k++] = row * 8 + column;
    }
  }
  return order;
}
