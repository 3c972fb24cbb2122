/** The cosine between two vectors: 1 if both are zero, 0 if only one is. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squareA += a[i]! ** 2;
    squareB += b[i]! ** 2;
  }
  if (squareA === 0 || squareB === 0) return squareA === squareB ? 1 : 0;
  return product / Math.sqrt(squareA * squareB);
}
