/**
 * Colour spaces of stored photos, for `color.ts`.
 *
 * @module
 */

type Triple = readonly [number, number, number];

/** A 3x3 matrix, row by row. */
type Matrix = readonly [Triple, Triple, Triple];

/** An RGB colour space. */
export interface ColorSpace {
  /** Converts linear RGB in 0..1 to XYZ under D50, as in an ICC profile. */
  readonly toXyz: Matrix;
  /** Converts linear light in 0..1 to a level in 0..1. */
  encode(light: number): number;
  /** The inverse of `encode`. */
  decode(level: number): number;
}

export const SRGB: ColorSpace = {
  toXyz: [
    [0.43607, 0.38515, 0.14307],
    [0.22249, 0.71687, 0.06061],
    [0.01392, 0.09708, 0.7141],
  ],
  encode: (light) =>
    light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055,
  decode: (level) =>
    level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4,
};

/** The colour space of phones since 2016. */
export const DISPLAY_P3: ColorSpace = {
  ...SRGB,
  toXyz: [
    [0.51512, 0.29198, 0.1571],
    [0.2412, 0.69225, 0.06657],
    [-0.00105, 0.04189, 0.78407],
  ],
};

/** The colour space of cameras. */
export const ADOBE_RGB: ColorSpace = {
  toXyz: [
    [0.60974, 0.20528, 0.14919],
    [0.31111, 0.62567, 0.06322],
    [0.01947, 0.06087, 0.74457],
  ],
  ...power(2.19921875),
};

/** The colour space of raw photo editors. */
export const PRO_PHOTO: ColorSpace = {
  toXyz: [
    [0.79767, 0.13519, 0.03134],
    [0.28804, 0.71188, 0.00009],
    [0, 0, 0.82491],
  ],
  ...power(1.8),
};

const BT2020: Matrix = [
  [0.67348, 0.16567, 0.12505],
  [0.27904, 0.67534, 0.04562],
  [-0.00193, 0.02998, 0.79686],
];

/** HDR with PQ, where a photo's white is 203 of 10,000 nits. */
export const BT2020_PQ: ColorSpace = {
  toXyz: BT2020,
  encode(light) {
    const power = (light * 203 / 10_000) ** 0.1593017578125;
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) **
      78.84375;
  },
  decode(level) {
    const power = level ** (1 / 78.84375);
    return (Math.max(power - 0.8359375, 0) /
          (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125) *
      10_000 / 203;
  },
};

function power(gamma: number): Pick<ColorSpace, "encode" | "decode"> {
  return {
    encode: (light) => light ** (1 / gamma),
    decode: (level) => level ** gamma,
  };
}

/**
 * Converts 8-bit RGBA from one colour space to another: relative colorimetric, with
 * colours out of gamut clipped.
 */
export function convertColors(
  data: Uint8Array | Uint8ClampedArray,
  from: ColorSpace,
  to: ColorSpace,
): Uint8ClampedArray<ArrayBuffer> {
  const light = Float64Array.from(
    { length: 256 },
    (_, level) => from.decode(level / 255),
  );
  const [red, green, blue] = multiply(invert(to.toXyz), from.toXyz);
  const result = new Uint8ClampedArray(data);
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [
      light[data[i]!]!,
      light[data[i + 1]!]!,
      light[data[i + 2]!]!,
    ];
    for (const [channel, row] of [red, green, blue].entries()) {
      const linear = row[0] * r + row[1] * g + row[2] * b;
      result[i + channel] = 255 * to.encode(Math.min(Math.max(linear, 0), 1));
    }
  }
  return result;
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    [0, 1, 2].map((column) =>
      row[0] * b[0][column]! + row[1] * b[1][column]! + row[2] * b[2][column]!
    )
  ) as unknown as Matrix;
}

function invert([a, b, c]: Matrix): Matrix {
  const determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  const cofactors: Matrix = [
    [
      b[1] * c[2] - b[2] * c[1],
      a[2] * c[1] - a[1] * c[2],
      a[1] * b[2] - a[2] * b[1],
    ],
    [
      b[2] * c[0] - b[0] * c[2],
      a[0] * c[2] - a[2] * c[0],
      a[2] * b[0] - a[0] * b[2],
    ],
    [
      b[0] * c[1] - b[1] * c[0],
      a[1] * c[0] - a[0] * c[1],
      a[0] * b[1] - a[1] * b[0],
    ],
  ];
  return cofactors.map((row) =>
    row.map((it) => it / determinant)
  ) as unknown as Matrix;
}
