import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** With 7 bits, products are the same on every processor. */
const TOP_CODE = 127;

/**
 * Encodes one image's features, finite and >= 0, into `codes`: each is
 * `round(127 * feature / largest feature)`.
 *
 * @returns The f32 factor that scales the codes to a vector of length 1; 0 if all are 0.
 */
export function encodeFeatures(
  features: Float32Array,
  codes: Uint8Array,
): number {
  assertArgument(
    features instanceof Float32Array,
    "encode features as they must be a Float32Array, as features() gives it",
    features,
  );
  if (features.length !== codes.length) {
    throw new ArgumentError(
      `Cannot encode features as there must be ${codes.length}: there are ${features.length}`,
    );
  }
  let largest = 0;
  for (let i = 0; i < features.length; i++) {
    const feature = features[i]!;
    if (!(feature >= 0 && feature < Infinity)) {
      throw new ArgumentError(
        `Cannot encode features as they must be finite and >= 0: number ${i} is ${feature}`,
      );
    }
    if (feature > largest) largest = feature;
  }
  const divisor = largest || 1;
  let squares = 0;
  for (let i = 0; i < codes.length; i++) {
    // Divides first, as 127 times the largest f32 would overflow. Math.round() would give
    // the same results, but takes six times as long.
    const code = features[i]! / divisor * TOP_CODE + 0.5 | 0;
    codes[i] = code;
    squares += code * code;
  }
  return squares === 0 ? 0 : Math.fround(1 / Math.sqrt(squares));
}
