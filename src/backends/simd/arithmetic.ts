/**
 * How the kernels of a build compute what is asked on this machine.
 *
 * @module
 */
import type { SimdBuild } from "../wasm_features.ts";

/** How a processor reads the activations of a relaxed dot product. */
export type Reading =
  /** As unsigned bytes: all 8 bits are exact. */
  | "u8"
  /** As signed bytes: all 8 bits are exact, if 128 is taken off. */
  | "s8"
  /** Exact in 7 bits alone. */
  | "i7";

/** The kernels that convolve. */
export type ConvKind = "convPlain" | "convI32" | "convI16";

/** How this machine computes; all of it gives the same answers. */
export interface Arithmetic {
  /** The bits of activations. */
  readonly bits: 7 | 8;
  /** The kernel of all convolutions but the first. */
  readonly conv: ConvKind;
  /** The kernel of the first: the image's codes have 8 bits on every machine. */
  readonly image: ConvKind;
  /** Whether it reads activations as signed: then a code is its byte + 128. */
  readonly signed: boolean;
}

/**
 * The fastest kernels that are exact.
 *
 * @param activationBits As in `EngineRequest`.
 */
export function arithmeticOf(
  { build, reading }: { readonly build: SimdBuild; readonly reading: Reading },
  activationBits: 7 | 8 | "auto" = "auto",
): Arithmetic {
  const bits = activationBits !== "auto"
    ? activationBits
    : reading === "i7"
    ? 7
    : 8;
  // Plain kernels are exact in 8 bits on every machine. Only x86 without VNNI
  // reads 7 bits, and has no better than sums of two.
  const conv = build === "plain" || (bits === 8 && reading === "i7")
    ? "convPlain"
    : reading === "i7"
    ? "convI16"
    : "convI32";
  return {
    bits,
    conv,
    image: reading === "u8" ? conv : "convPlain",
    signed: reading === "s8",
  };
}
