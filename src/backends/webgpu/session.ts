import { Pool } from "../../async/pool.ts";
import { DeviceLostError } from "../../errors.ts";
import type { QuantizedNetwork } from "../../model/mod.ts";
import { sigmoid, softmax } from "../../model/probabilities.ts";
import type { Session } from "../backend.ts";
import {
  activationsAbsMax,
  readActivations,
} from "../int8/read_activations.ts";
import {
  assertAlive,
  assertPixels,
  refuseLayer,
  refuseOutput,
} from "../session_checks.ts";
import type { Gpu } from "./device.ts";
import { type Executor, openExecutor } from "./executor.ts";
import { CONCURRENCY } from "./layout.ts";
import type { Plan, Result } from "./plan.ts";

/**
 * Uploads a network to a GPU. The network is kept: when the device is lost, the next
 * run opens another one.
 *
 * @param openGpu Opens a device for the plan.
 */
export async function openSession(
  plan: Plan,
  network: QuantizedNetwork,
  openGpu: () => Promise<Gpu>,
): Promise<Session> {
  const { graph, outputs } = plan;
  const slots = new Pool(Array(CONCURRENCY).keys());
  let disposed = false;
  let executor: Promise<Executor> | null = null;
  const forget = (it: Promise<Executor>) => {
    if (executor === it) executor = null;
  };
  const open = () => {
    const opening = openGpu().then((gpu) => openExecutor(gpu, plan, network));
    opening.then(
      ({ lost }) => lost.then(() => forget(opening)),
      () => forget(opening),
    );
    return opening;
  };
  executor = open();
  await executor;
  return {
    concurrency: CONCURRENCY,
    activationBits: plan.bits,
    async run(pixels, output) {
      const result = outputs.get(output) ??
        refuseOutput(output, outputs.keys());
      assertPixels(graph, pixels);
      const bytes = await slots.use(async (slot) => {
        assertAlive(disposed);
        const current = executor ??= open();
        const { run, close } = await current;
        try {
          return await run(slot, pixels, result.steps, result.range);
        } catch (error) {
          if (error instanceof DeviceLostError) {
            forget(current); // A run may fail before `lost` resolves.
            close();
          }
          throw error;
        }
      });
      return valuesOf(bytes, result, plan, network);
    },
    denseWeights: (name) =>
      new Promise((resolve) => {
        const isDense = graph.nodes.some((it) =>
          it.op === "dense" && it.name === name
        );
        resolve(isDense ? network.weights(name) : refuseLayer(name));
      }),
    [Symbol.dispose]() {
      if (disposed) return;
      disposed = true;
      executor?.then(({ close }) => close(), () => {});
    },
  };
}

const ACTIVATIONS = { softmax, sigmoid };

/** The f32 values of a result, from the bytes that the GPU returned. */
function valuesOf(
  bytes: ArrayBuffer,
  result: Result,
  { graph, bits }: Plan,
  network: QuantizedNetwork,
): Float32Array {
  switch (result.kind) {
    case "vector":
      return new Float32Array(bytes);
    case "logits":
      return ACTIVATIONS[result.activation](new Float32Array(bytes));
    case "codes": {
      const { slice } = result;
      const buffer = { ...slice.buffer, offset: 0 };
      return readActivations(
        new Uint8Array(bytes),
        { ...slice, buffer },
        activationsAbsMax(graph, network),
        { bits, signed: false },
      );
    }
  }
}
