/** The cosine between two vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let ab = 0, aa = 0, bb = 0;
  for (const [i, value] of a.entries()) {
    ab += value * b[i]!;
    aa += value ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
