/**
 * Matrix products in plain JavaScript.
 *
 * @module
 */

/**
 * Computes `a * transpose(b)`, so that both matrices are read row by row. Tiles of 4 x 2
 * sums use each loaded value two or four times. Sums are in f64.
 *
 * @param a `[rows, inner]`.
 * @param b `[columns, inner]`.
 * @param product `[rows, columns]`, which is overwritten.
 */
export function multiply(
  a: Float32Array,
  b: Float32Array,
  inner: number,
  product: Float32Array,
): void {
  const rows = a.length / inner;
  const columns = b.length / inner;
  const tiledRows = rows - rows % 4;
  const tiledColumns = columns - columns % 2;
  for (let row = 0; row < tiledRows; row += 4) {
    for (let column = 0; column < tiledColumns; column += 2) {
      multiplyTile(a, b, inner, product, row, column, columns);
    }
  }
  for (let row = 0; row < rows; row++) {
    const start = row < tiledRows ? tiledColumns : 0;
    for (let column = start; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        sum += a[row * inner + k]! * b[column * inner + k]!;
      }
      product[row * columns + column] = sum;
    }
  }
}

function multiplyTile(
  a: Float32Array,
  b: Float32Array,
  inner: number,
  product: Float32Array,
  row: number,
  column: number,
  columns: number,
): void {
  const a0 = row * inner, a1 = a0 + inner, a2 = a1 + inner, a3 = a2 + inner;
  const b0 = column * inner, b1 = b0 + inner;
  let sum00 = 0, sum10 = 0, sum20 = 0, sum30 = 0;
  let sum01 = 0, sum11 = 0, sum21 = 0, sum31 = 0;
  for (let k = 0; k < inner; k++) {
    const x0 = a[a0 + k]!, x1 = a[a1 + k]!, x2 = a[a2 + k]!, x3 = a[a3 + k]!;
    const y0 = b[b0 + k]!, y1 = b[b1 + k]!;
    sum00 += x0 * y0;
    sum01 += x0 * y1;
    sum10 += x1 * y0;
    sum11 += x1 * y1;
    sum20 += x2 * y0;
    sum21 += x2 * y1;
    sum30 += x3 * y0;
    sum31 += x3 * y1;
  }
  let at = row * columns + column;
  product[at] = sum00;
  product[at + 1] = sum01;
  product[at += columns] = sum10;
  product[at + 1] = sum11;
  product[at += columns] = sum20;
  product[at + 1] = sum21;
  product[at += columns] = sum30;
  product[at + 1] = sum31;
}

/**
 * @param matrix `[rows, columns]`.
 * @returns `[columns, rows]`.
 */
export function transpose(
  matrix: Float32Array,
  columns: number,
): Float32Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const transposed = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return transposed;
}
