/** A colour; each channel is 0..255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * matplotlib's "inferno", from black over red to light yellow. It is perceptually
 * uniform, also in print and for colour-blind people.
 *
 * Polynomials in `t`, the lowest power first, by Matt Zucker
 * (https://www.shadertoy.com/view/WlfXRN, CC0; the colour map is also CC0).
 */
const INFERNO = [
  [0.0002189403691192265, 0.001651004631001012, -0.01948089843709184],
  [0.1065134194856116, 0.5639564367884091, 3.932712388889277],
  [11.60249308247187, -3.972853965665698, -15.9423941062914],
  [-41.70399613139459, 17.43639888205313, 44.35414519872813],
  [77.162935699427, -33.40235894210092, -81.80730925738993],
  [-71.31942824499214, 32.62606426397723, 73.20951985803202],
  [25.13112622477341, -12.24266895238567, -23.07032500287172],
] as const;

/** The colour of a value in 0..1; higher values are lighter. */
export function colorOf(t: number): Rgb {
  const color: [number, number, number] = [0, 0, 0];
  for (const coefficients of INFERNO.toReversed()) {
    for (const i of [0, 1, 2] as const) {
      color[i] = color[i] * t + coefficients[i];
    }
  }
  const level = (part: number) =>
    Math.round(255 * Math.min(1, Math.max(0, part)));
  return [level(color[0]), level(color[1]), level(color[2])];
}
