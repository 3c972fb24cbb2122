import { INPUT, type QuantizedNetwork } from "../../model/mod.ts";
import { firstActivations } from "../../model/first_activations.ts";
import { align } from "../int8/arena.ts";
import {
  averageFields,
  borderFields,
  convFields,
  denseFields,
  globalPoolFields,
  poolFields,
} from "../int8/fields.ts";
import { largestCodes } from "../int8/largest_code.ts";
import { panelCount, type StepOf } from "../int8/lower.ts";
import { stepTables } from "../int8/tables.ts";
import type { ConvTasks } from "./conv_tasks.ts";
import type { ConvKind, KernelConfig, WinogradKind } from "./kernel_config.ts";
import type { Layout, Slot } from "./layout.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "./records.ts";

/** A planned memory, and the network that is written into it. */
export interface EncodeTarget {
  readonly memory: { readonly buffer: ArrayBufferLike };
  readonly layout: Layout;
  readonly plan: Plan;
  readonly config: KernelConfig;
}

/** Addresses by the name of the node. */
export interface LayerAddresses {
  readonly weights: ReadonlyMap<string, number>;
  readonly tables: ReadonlyMap<string, number>;
}

/** The codes that steps write, and the kernels of convolutions. */
interface StepKernels {
  readonly largest: (name: string) => number;
  readonly signed: boolean;
  readonly kindOf: (
    step: StepOf<"conv"> & ConvTasks,
  ) => ConvKind | WinogradKind | "convWide";
}

/** Writes the weights and tables of a network, and the records that kernels run. */
export function writeNetwork(
  target: EncodeTarget,
  network: Pick<QuantizedNetwork, "quantized" | "absMax">,
): LayerAddresses {
  const { memory: { buffer }, layout, plan, config } = target;
  const addresses = {
    weights: writeWeights(target, network),
    tables: writeTables(target, network),
  };
  const first = firstActivations(plan.graph);
  const kernels = {
    largest: largestCodes(plan.graph, config.bits),
    signed: config.signed,
    kindOf: (
      { node: { input }, winograd, isWide }: StepOf<"conv"> & ConvTasks,
    ) =>
      winograd ??
        (isWide
          ? "convWide"
          : input === INPUT
          ? config.image
          : first.has(input)
          ? config.bytes
          : config.conv),
  };
  const view = new DataView(buffer);
  for (const slot of layout.slots) {
    let level = slot.program + PROGRAM_BYTES;
    let at = level + plan.levels.length * LEVEL_BYTES;
    for (const steps of plan.levels) {
      const tasks = steps.reduce((sum, it) => sum + it.tasks, 0);
      writeLevel(view, level, tasks, at);
      level += LEVEL_BYTES;
      for (const step of steps) {
        encodeStep(view, at, step, slot, addresses, kernels);
        at += STEP_BYTES;
      }
    }
  }
  return addresses;
}

/** Copies weights, except those that were read into this memory. */
function writeWeights(
  { memory: { buffer }, layout, plan }: EncodeTarget,
  network: Pick<QuantizedNetwork, "quantized">,
): ReadonlyMap<string, number> {
  const addresses = new Map<string, number>();
  let end = layout.weights;
  for (const step of plan.levels.flat()) {
    if (step.op !== "conv" && step.op !== "dense") continue;
    const { name } = step.node;
    const { weight } = network.quantized(name);
    // The buffer itself shows this, so no caller can be wrong about the location of
    // weights.
    if (weight.buffer === buffer) {
      addresses.set(name, weight.byteOffset);
      continue;
    }
    new Int8Array(buffer, end, weight.length).set(weight);
    addresses.set(name, end);
    end += weight.length;
  }
  return addresses;
}

function writeTables(
  { memory: { buffer }, layout, plan, config: { bits, signed } }: EncodeTarget,
  network: Pick<QuantizedNetwork, "quantized" | "absMax">,
): ReadonlyMap<string, number> {
  // The digest of a file that was read into this memory may be there.
  new Uint8Array(buffer, layout.tables, plan.tableBytes).fill(0);
  const tableOf = stepTables(
    plan.graph,
    network,
    bits,
    ({ input }) => signed && input !== INPUT,
  );
  const addresses = new Map<string, number>();
  let end = layout.tables;
  for (const step of plan.levels.flat()) {
    const table = tableOf(step);
    if (step.op === "border" || table.length === 0) continue;
    new Uint8Array(buffer).set(table, end);
    addresses.set(step.node.name, end);
    end += align(table.length);
  }
  return addresses;
}

function encodeStep(
  memory: DataView,
  at: number,
  step: PlannedStep,
  { arena, vectors }: Slot,
  { weights, tables }: LayerAddresses,
  { largest, signed, kindOf }: StepKernels,
): void {
  const { tasks } = step;
  const space = { arena, vectors, unit: 1 } as const;
  const signMask = signed ? 0x80808080 : 0;
  switch (step.op) {
    case "border": {
      const fields = borderFields(step, space);
      const rest = { after: fields.before, fill: signMask };
      writeStep(memory, at, "border", tasks, { ...fields, ...rest });
      break;
    }
    case "conv": {
      const { name, channels } = step.node;
      const panels = panelCount(step);
      writeStep(memory, at, kindOf(step), tasks, {
        ...convFields(step, space),
        taskPixels: step.taskPixels,
        weights: weights.get(name)!,
        panels,
        taskPanels: step.taskPanels,
        lastChannels: channels - (panels - 1) * 8,
        rescale: tables.get(name)!,
        qmax: largest(name),
        signMask,
      });
      break;
    }
    case "maxPool":
    case "avgPool": {
      const fields = {
        ...poolFields(step, space),
        height: step.output.buffer.shape[0],
        taskRows: step.taskRows,
        channels: step.input.channels,
        signMask,
      };
      if (step.op === "maxPool") {
        writeStep(memory, at, "maxPool", tasks, fields);
      } else {
        const kind = step.isWide ? "averagePoolWide" : "averagePool";
        writeStep(memory, at, kind, tasks, {
          ...fields,
          ...averageFields(step),
          multipliers: tables.get(step.node.name)!,
          qmax: largest(step.node.name),
        });
      }
      break;
    }
    case "globalAvgPool":
    case "globalMaxPool":
    case "flatten": {
      const kind = step.op === "globalAvgPool" ? "globalAveragePool" : step.op;
      writeStep(memory, at, kind, tasks, {
        ...globalPoolFields(step, space),
        channels: step.input.channels,
        multipliers: tables.get(step.node.name)!,
        signMask,
      });
      break;
    }
    case "dense": {
      const { node: { name, units }, taskUnits } = step;
      const scale = tables.get(name)!;
      writeStep(memory, at, "dense", tasks, {
        ...denseFields(step, space),
        weights: weights.get(name)!,
        scale,
        bias: scale + 4 * units,
        units,
        taskUnits,
      });
      break;
    }
    case "softmax":
    case "sigmoid":
      writeStep(memory, at, step.op, tasks, {
        input: vectors + step.input.offset,
        output: vectors + step.output.offset,
        count: step.input.length,
      });
      break;
  }
}
