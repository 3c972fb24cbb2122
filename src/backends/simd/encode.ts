/**
 * Writes a plan into the engine's memory: the records that kernels run, and their
 * tables.
 *
 * @module
 */
import { INPUT, type QuantizedNetwork } from "../../model/mod.ts";
import { align } from "../int8/arena.ts";
import {
  averageFields,
  borderFields,
  convFields,
  denseFields,
  globalPoolFields,
  poolFields,
} from "../int8/fields.ts";
import { stepTables } from "../int8/tables.ts";
import type { KernelConfig } from "./kernel_config.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "./records.ts";

/** The address of the table of each step, by the name of its node. */
export type TableAddresses = ReadonlyMap<string, number>;

/** Writes the tables of a network from `address` on. The memory there must be zero. */
export function writeTables(
  memory: ArrayBufferLike,
  address: number,
  plan: Plan,
  network: Pick<QuantizedNetwork, "quantized" | "absMax">,
  { bits, signed }: KernelConfig,
): TableAddresses {
  const tableOf = stepTables(
    plan.graph,
    network,
    2 ** bits - 1,
    ({ input }) => signed && input !== INPUT,
  );
  const addresses = new Map<string, number>();
  for (const step of plan.levels.flat()) {
    const table = tableOf(step);
    if (step.op === "border" || table.length === 0) continue;
    new Uint8Array(memory).set(table, address);
    addresses.set(step.node.name, address);
    address += align(table.length);
  }
  return addresses;
}

/** The addresses that a program refers to. */
export interface ProgramAddresses {
  readonly program: number;
  readonly arena: number;
  readonly vectors: number;
  readonly tables: TableAddresses;
  /** The address of the packed weights of a layer. */
  weights(name: string): number;
}

/** Writes the records of a plan. */
export function writeProgram(
  memory: ArrayBufferLike,
  plan: Plan,
  addresses: ProgramAddresses,
  config: KernelConfig,
): void {
  const view = new DataView(memory);
  let level = addresses.program + PROGRAM_BYTES;
  let at = level + plan.levels.length * LEVEL_BYTES;
  for (const steps of plan.levels) {
    const tasks = steps.reduce((sum, it) => sum + it.tasks, 0);
    writeLevel(view, level, tasks, at);
    level += LEVEL_BYTES;
    for (const step of steps) {
      encodeStep(view, at, step, addresses, config);
      at += STEP_BYTES;
    }
  }
}

function encodeStep(
  memory: DataView,
  at: number,
  step: PlannedStep,
  { arena, vectors, tables, weights }: ProgramAddresses,
  { bits, conv, image, signed }: KernelConfig,
): void {
  const { tasks } = step;
  const space = { arena, vectors, unit: 1 } as const;
  const qmax = 2 ** bits - 1;
  const signMask = signed ? 0x80808080 : 0;
  switch (step.op) {
    case "border": {
      const fields = borderFields(step, space);
      const after = fields.before;
      writeStep(memory, at, "border", tasks, {
        ...fields,
        after,
        fill: signMask,
      });
      break;
    }
    case "conv": {
      const { node: { name, input, channels }, panels } = step;
      writeStep(memory, at, input === INPUT ? image : conv, tasks, {
        ...convFields(step, space),
        taskPixels: step.taskPixels,
        weights: weights(name),
        panels,
        taskPanels: step.taskPanels,
        lastChannels: channels - (panels - 1) * 8,
        rescale: tables.get(name)!,
        qmax,
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
        writeStep(memory, at, "averagePool", tasks, {
          ...fields,
          ...averageFields(step),
          multipliers: tables.get(step.node.name)!,
          qmax,
        });
      }
      break;
    }
    case "globalAvgPool":
      writeStep(memory, at, "globalAveragePool", tasks, {
        ...globalPoolFields(step, space),
        channels: step.input.channels,
        multipliers: tables.get(step.node.name)!,
        signMask,
      });
      break;
    case "dense": {
      const { node: { name, units }, taskUnits } = step;
      const scale = tables.get(name)!;
      writeStep(memory, at, "dense", tasks, {
        ...denseFields(step, space),
        weights: weights(name),
        scale,
        bias: scale + 4 * units,
        units,
        taskUnits,
      });
      break;
    }
    case "softmax":
      writeStep(memory, at, "softmax", tasks, {
        input: vectors + step.input.offset,
        output: vectors + step.output.offset,
        count: step.input.length,
      });
      break;
  }
}
