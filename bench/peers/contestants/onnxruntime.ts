/**
 * ONNX Runtime, on WASM or in a process of its own kind: both have one interface.
 *
 * @module
 */
import type { Contestant, ModelFile } from "./contestant.ts";
import { OUTPUTS } from "./contestant.ts";
import { copyPixels } from "./pixels.ts";

/** The part of `onnxruntime-common` that is used. */
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
  run(
    inputs: Readonly<Record<string, unknown>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}

/** Not literals, lest whoever checks this project's types download them. */
const WEB: string = "onnxruntime-web/wasm";
const NODE: string = "onnxruntime-node";

/** onnxruntime-web on its WASM backend. */
export async function openOnnxruntimeWeb(
  model: ModelFile,
  threads: number,
): Promise<Contestant> {
  const runtime: Runtime = await import(WEB);
  runtime.env.wasm.numThreads = threads;
  const session = await runtime.InferenceSession.create(await model.read(), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  return contestant(runtime, session, model);
}

/** onnxruntime-node, which is native code. */
export async function openOnnxruntimeNode(
  model: ModelFile,
  threads: number,
): Promise<Contestant> {
  const { default: runtime }: { default: Runtime } = await import(NODE);
  const path = new URL(model.url).pathname;
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  return contestant(runtime, session, model);
}

function contestant(
  { Tensor }: Runtime,
  session: Session,
  { size, precision }: ModelFile,
): Contestant {
  const shape = [1, 3, size, size];
  const [type, values] = precision === "int8"
    ? ["uint8", new Uint8Array(3 * size * size)] as const
    : ["float32", new Float32Array(3 * size * size)] as const;
  const run = async (pixels: Uint8ClampedArray, output: string) => {
    copyPixels(pixels, values, "planar");
    const input = new Tensor(type, values, shape);
    const inputs = { [session.inputNames[0]!]: input };
    const { [output]: result } = await session.run(inputs, [output]);
    return result!.data;
  };
  return {
    probabilities: (pixels) => run(pixels, OUTPUTS.probabilities),
    features: (pixels) => run(pixels, OUTPUTS.features),
  };
}
