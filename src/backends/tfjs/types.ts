/**
 * Types of the parts of `@tensorflow/tfjs-core` that are used. Deno downloads every
 * package whose types a program imports; these need no download.
 * `tests/backends/tfjs/packages_test.ts` compares them with the package.
 *
 * Members are methods, not properties: TypeScript then compares their parameters both
 * ways, and accepts the package's wider ones.
 *
 * @module
 */

/** An array of numbers, in the memory of a backend. */
export interface Tensor {
  readonly shape: number[];
  /** The product of its dimensions. */
  readonly size: number;
  readonly rank: number;
  data(): Promise<Values>;
  /** Reads its values at once, where the backend can. */
  dataSync(): Values;
  dispose(): void;
}

/** The values of a tensor: Float32Array, unless it was made of others. */
type Values = Float32Array | Int32Array | Uint8Array;

export type Scalar = Tensor;
export interface Tensor1D extends Tensor {
  readonly shape: [number];
}
export interface Tensor2D extends Tensor {
  readonly shape: [number, number];
}
/** `[images, height, width, channels]` */
export interface Tensor4D extends Tensor {
  readonly shape: [number, number, number, number];
}

type Padding = "valid" | "same";
type Pair = [number, number];
type Size = number | Pair;
type Data = Float32Array | Int32Array | number[];

export interface Tfjs {
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  engine(): Engine;
  env(): Environment;

  tidy<T>(action: () => T): T;
  keep<T extends Tensor>(it: T): T;
  dispose(tensors: Tensor | readonly Tensor[]): void;
  clone<T extends Tensor>(it: T): T;

  scalar(value: number): Scalar;
  tensor(values: Data, shape?: number[]): Tensor;
  tensor1d(values: Data): Tensor1D;
  tensor2d(values: Data | number[][], shape?: Pair): Tensor2D;
  tensor4d(values: Data, shape: [number, number, number, number]): Tensor4D;
  ones(shape: number[]): Tensor;
  zeros(shape: number[]): Tensor;
  onesLike<T extends Tensor>(it: T): T;
  zerosLike<T extends Tensor>(it: T): T;

  add(a: Operand, b: Operand): Tensor;
  sub(a: Operand, b: Operand): Tensor;
  mul(a: Operand, b: Operand): Tensor;
  div(a: Operand, b: Operand): Tensor;
  maximum(a: Operand, b: Operand): Tensor;
  square<T extends Tensor>(it: T): T;
  sqrt<T extends Tensor>(it: T): T;
  rsqrt<T extends Tensor>(it: T): T;
  exp<T extends Tensor>(it: T): T;
  round<T extends Tensor>(it: T): T;
  relu<T extends Tensor>(it: T): T;
  step<T extends Tensor>(it: T): T;
  clipByValue<T extends Tensor>(it: T, least: number, most: number): T;
  sigmoid<T extends Tensor>(it: T): T;
  softmax<T extends Tensor>(it: T): T;
  logSoftmax<T extends Tensor>(it: T): T;

  sum(it: Tensor, axes?: number | number[]): Tensor;
  max(it: Tensor, axes?: number | number[], keepDims?: boolean): Tensor;
  mean(it: Tensor, axes?: number | number[], keepDims?: boolean): Tensor;
  moments(
    it: Tensor,
    axes: number[],
  ): { readonly mean: Tensor; readonly variance: Tensor };

  reshape(it: Tensor, shape: number[]): Tensor;
  transpose<T extends Tensor>(it: T, order?: number[]): T;
  reverse<T extends Tensor>(it: T, axes: number | number[]): T;
  concat<T extends Tensor>(its: T[], axis: number): T;
  split<T extends Tensor>(it: T, sizes: number[], axis: number): T[];
  slice<T extends Tensor>(it: T, begin: number[], size: number[]): T;
  stridedSlice(
    it: Tensor,
    begin: number[],
    end: number[],
    strides: number[],
  ): Tensor;
  pad<T extends Tensor>(it: T, sides: Pair[]): T;
  tile<T extends Tensor>(it: T, times: number[]): T;

  matMul(a: Tensor, b: Tensor): Tensor;
  conv2d(
    x: Tensor4D,
    filter: Tensor4D,
    strides: Size,
    pad: Padding,
    format?: "NHWC",
    dilations?: Size,
  ): Tensor4D;
  conv2dTranspose(
    x: Tensor4D,
    filter: Tensor4D,
    shape: [number, number, number, number],
    strides: Size,
    pad: Padding,
  ): Tensor4D;
  maxPool(x: Tensor4D, size: Size, strides: Size, pad: Padding): Tensor4D;
  avgPool(x: Tensor4D, size: Size, strides: Size, pad: Padding): Tensor4D;
  readonly fused: Fused;

  customGrad(layer: (...args: Tensor[]) => Layer): (...its: Tensor[]) => Tensor;
  valueAndGrads(
    run: (...its: Tensor[]) => Scalar,
  ): (
    its: Tensor[],
  ) => { readonly value: Scalar; readonly grads: Tensor[] };
}

/** A tensor, numbers that make one, or a number for each of its values. */
type Operand = Tensor | Float32Array | number;

/** What a layer gives, and how it is differentiated. */
interface Layer {
  value: Tensor;
  gradFunc(dy: Tensor, saved: Tensor[]): Tensor[];
}

interface Fused {
  conv2d(layer: {
    x: Tensor4D;
    filter: Tensor4D;
    strides: Size;
    pad: Padding;
    bias?: Tensor;
    activation?: "linear" | "relu";
  }): Tensor4D;
  matMul(layer: {
    a: Tensor;
    b: Tensor;
    bias?: Tensor;
    activation?: "linear" | "relu";
  }): Tensor;
}

type Setting = number | number[] | string | boolean;

interface Engine {
  /** The backends that are initialised. */
  readonly registry: object;
  /** Those that can be initialised. */
  readonly registryFactory: object;
  startScope(): void;
  endScope(): void;
  runKernel(
    name: string,
    inputs: Record<string, Tensor>,
    settings: Record<string, Setting>,
  ): unknown;
}

interface Environment {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}
