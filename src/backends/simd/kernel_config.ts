import type { KernelBuild } from "../wasm_features.ts";

/** How the processor reads the activations of a relaxed dot product. */
export type DotOperandType =
  /** As unsigned bytes: exact in 8 bits. */
  | "u8"
  /** As signed bytes: exact in 8 bits if 128 is subtracted from each code. */
  | "s8"
  /** Exact in 7 bits only. */
  | "i7";

/** The names of the convolution kernels. */
export type ConvKind = "convPlain" | "convI32" | "convI16";

/** The names of the plain kernels for some kinds of convolutions. */
export type WinogradKind = "convWinograd" | "convWinogradLine";

/** How the engine computes: all configurations of some bits give the same answers. */
export interface KernelConfig {
  /** The bits of activations. */
  readonly bits: 7 | 8;
  /** The kernel of the convolutions that read codes of `bits` bits. */
  readonly conv: ConvKind;
  /** The kernel of those that read codes of 8 bits on every machine. */
  readonly bytes: ConvKind;
  /** The kernel of those that read the image: it has 8 bits, and no sign. */
  readonly image: ConvKind;
  /** Whether kernels read activations as signed: a code is then its byte + 128. */
  readonly signed: boolean;
}

/** Selects the fastest kernels that are exact on this machine. */
export function selectKernels(
  { build, dotOperand }: {
    readonly build: KernelBuild;
    readonly dotOperand: DotOperandType;
  },
  activationBits: 7 | 8 | "auto" = "auto",
): KernelConfig {
  const bits = activationBits !== "auto"
    ? activationBits
    : dotOperand === "i7"
    ? 7
    : 8;
  // Plain kernels are exact in 8 bits on every machine. Only x86 without VNNI is
  // limited to 7 bits, and its fastest instruction sums two products.
  const conv = build === "plain" || (bits === 8 && dotOperand === "i7")
    ? "convPlain"
    : dotOperand === "i7"
    ? "convI16"
    : "convI32";
  return {
    bits,
    conv,
    bytes: dotOperand === "i7" ? "convPlain" : conv,
    image: dotOperand === "u8" ? conv : "convPlain",
    signed: dotOperand === "s8",
  };
}

/** The exports of the kernels; see `kernels/mod.ts` and `kernels/run_threads.ts`. */
export interface KernelExports {
  run(program: number, levels: number, scratch: number): number;
  serve(program: number, scratch: number, epoch: number): void;
  stop(program: number): void;
  abandon(program: number): void;
  probe(scratch: number): number;
  convI32(step: number, task: number, scratch: number): void;
  convI16(step: number, task: number, scratch: number): void;
  convPlain(step: number, task: number, scratch: number): void;
  convWinograd(step: number, task: number, scratch: number): void;
  convWinogradLine(step: number, task: number, scratch: number): void;
  convWide(step: number, task: number, scratch: number): void;
  averagePool(step: number, task: number): void;
  averagePoolWide(step: number, task: number, scratch: number): void;
}
