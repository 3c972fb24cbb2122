/**
 * ONNX Runtime, as WASM or as native code in Node: both have the same interface.
 *
 * @module
 */
import type { Contestant, ModelFile, OpenNetwork } from "./contestant.ts";
import { copyPixels } from "./pixels.ts";

/** The subset of `onnxruntime-common` that is used here. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(
      model: Uint8Array | string,
      options: Readonly<Record<string, unknown>>,
    ): Promise<Session>;
  };
  readonly Tensor: new (
    type: "float32" | "uint8",
    values: Float32Array | Uint8Array,
    shape: readonly number[],
  ) => unknown;
}

interface Session {
  readonly inputNames: readonly string[];
  /** In the order of the file. */
  readonly outputNames: readonly string[];
  run(
    inputs: Readonly<Record<string, unknown>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}

/** Variables, so that type-checking this project doesn't download them. */
const WEB: string = "onnxruntime-web";
const NODE: string = "onnxruntime-node";

/** onnxruntime-web on its WASM backend. */
export async function openOnnxruntimeWeb(
  model: ModelFile,
  { precision, on }: Contestant,
): Promise<OpenNetwork> {
  const runtime: Runtime = await import(WEB);
  const { wasm } = runtime.env;
  wasm.numThreads = Number(on);
  const session = await runtime.InferenceSession.create(await model.read(), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  if (wasm.numThreads !== on) {
    throw new Error(
      `onnxruntime-web takes ${wasm.numThreads} threads here where ${on} were asked for`,
    );
  }
  return networkOf(runtime, session, model, precision);
}

/** onnxruntime-node, which is native code. */
export async function openOnnxruntimeNode(
  model: ModelFile,
  { precision, on }: Contestant,
): Promise<OpenNetwork> {
  const { default: runtime }: { default: Runtime } = await import(NODE);
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const path = fileURLToPath(model.url);
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: Number(on),
    interOpNumThreads: 1,
  });
  return networkOf(runtime, session, model, precision);
}

function networkOf(
  { Tensor }: Runtime,
  session: Session,
  { size }: ModelFile,
  precision: Contestant["precision"],
): OpenNetwork {
  const [input] = session.inputNames;
  const [features, probabilities] = session.outputNames;
  const shape = [1, 3, size, size];
  const [type, values] = precision === "int8"
    ? ["uint8", new Uint8Array(3 * size * size)] as const
    : ["float32", new Float32Array(3 * size * size)] as const;
  const run = async (pixels: Uint8ClampedArray, output: string) => {
    copyPixels(pixels, values, "planar");
    const image = new Tensor(type, values, shape);
    const results = await session.run({ [input!]: image }, [output]);
    return results[output]!.data;
  };
  return {
    probabilities: (pixels) => run(pixels, probabilities!),
    features: (pixels) => run(pixels, features!),
  };
}
