/**
 * From a plan to bytes: the records that kernels run, and the tables by which
 * sums become codes.
 *
 * @module
 */
import {
  INPUT,
  type QuantizedNetwork,
  type WindowNode,
} from "../../model/mod.ts";
import { channelRanges } from "../../model/ranges.ts";
import { align } from "../int8/arena.ts";
import type { Slice } from "../int8/place_activations.ts";
import { rescaleOf, signedStarts } from "../int8/rescale.ts";
import { paddingOf, slideWindow } from "../int8/slide_window.ts";
import type { KernelConfig } from "./kernel_config.ts";
import { type Plan, type Step, tableOf } from "./plan.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  RESCALE_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "./records.ts";

/** The addresses of a step's table, by the name of its node. */
export type Tables = ReadonlyMap<string, number>;

/**
 * Writes the tables of a plan from `address` on: what of a network its weights
 * aren't.
 */
export function writeTables(
  memory: ArrayBufferLike,
  address: number,
  plan: Plan,
  network: QuantizedNetwork,
  { bits, signed }: KernelConfig,
): Tables {
  const qmax = 2 ** bits - 1;
  const ranges = channelRanges(plan.graph, (name) => network.range(name));
  const tables = new Map<string, number>();
  const floats = new Float32Array(memory);
  const claim = (name: string, bytes: number) => {
    tables.set(name, address);
    address += align(bytes);
    return tables.get(name)!;
  };
  for (const step of plan.levels.flat()) {
    switch (step.op) {
      case "conv": {
        const { name, input } = step.node;
        const { weight } = network.quantized(name);
        const { multipliers, offsets } = rescaleOf(network, step.node, qmax);
        const panels = Math.ceil(multipliers.length / 8);
        const start = claim(name, panels * RESCALE_BYTES);
        for (let channel = 0; channel < multipliers.length; channel++) {
          const panel = channel >> 3;
          const at = (start + panel * RESCALE_BYTES) / 4 + (channel & 7);
          floats[at] = multipliers[channel]!;
          floats[at + 8] = offsets[channel]!;
        }
        if (signed && input !== INPUT) {
          const length = weight.length / panels;
          for (let panel = 0; panel < panels; panel++) {
            new Int32Array(memory, start + panel * RESCALE_BYTES + 64, 8).set(
              signedStarts(
                weight.subarray(panel * length, (panel + 1) * length),
              ),
            );
          }
        }
        break;
      }
      case "avgPool": {
        const { name, input } = step.node;
        const range = network.range(name);
        const own = ranges.get(input)!;
        new Float32Array(memory, claim(name, tableOf(own.length)), own.length)
          .set(own.map((it) => it / range));
        break;
      }
      case "globalAvgPool": {
        const { name, input } = step.node;
        const [height, width] = step.input.storage.shape;
        const own = ranges.get(input)!;
        new Float32Array(memory, claim(name, tableOf(own.length)), own.length)
          .set(own.map((it) => it / (qmax * height * width)));
        break;
      }
      case "dense": {
        const { scale, bias } = network.quantized(step.node.name);
        const bytes = tableOf(scale.length);
        const start = claim(step.node.name, 2 * bytes);
        new Float32Array(memory, start, scale.length).set(scale);
        new Float32Array(memory, start + bytes, bias.length).set(bias);
        break;
      }
      default: // No tables.
    }
  }
  return tables;
}

/** Where the parts of a program lie, in bytes from the memory's start. */
export interface ProgramPlaces {
  readonly program: number;
  readonly arena: number;
  readonly vectors: number;
  readonly tables: Tables;
  /** Of a layer's packed weights. */
  weights(name: string): number;
}

/** Writes the records of a plan. */
export function writeProgram(
  memory: ArrayBufferLike,
  plan: Plan,
  places: ProgramPlaces,
  config: KernelConfig,
): void {
  const view = new DataView(memory);
  let level = places.program + PROGRAM_BYTES;
  let at = level + plan.levels.length * LEVEL_BYTES;
  for (const steps of plan.levels) {
    const tasks = steps.reduce((sum, it) => sum + it.tasks, 0);
    writeLevel(view, level, tasks, at);
    level += LEVEL_BYTES;
    for (const step of steps) {
      writePlanned(view, at, step, places, config);
      at += STEP_BYTES;
    }
  }
}

function writePlanned(
  memory: DataView,
  at: number,
  step: Step,
  { arena, vectors, tables, weights }: ProgramPlaces,
  { bits, conv, image, signed }: KernelConfig,
): void {
  const qmax = 2 ** bits - 1;
  const signMask = signed ? 0x80808080 : 0;
  const { tasks } = step;
  switch (step.op) {
    case "border": {
      const { shape, pixelBytes, rowBytes, frameX, frameY, offset } =
        step.storage;
      const frame = frameY * rowBytes + frameX * pixelBytes;
      const inside = shape[1] * pixelBytes;
      writeStep(memory, at, "border", tasks, {
        start: arena + offset - frame,
        before: frame,
        inside,
        between: rowBytes - inside,
        rows: shape[0],
        after: frame,
        fill: signMask,
      });
      break;
    }
    case "conv": {
      const { node, input, output } = step;
      const [height, width] = output.storage.shape;
      const panels = Math.ceil(node.channels / 8);
      const kind = node.input === INPUT ? image : conv;
      writeStep(memory, at, kind, tasks, {
        ...slide(arena, input, output, node, node.kernel),
        run: node.kernel[1] * input.storage.pixelBytes,
        kernelRows: node.kernel[0],
        width,
        pixels: height * width,
        taskPixels: step.taskPixels,
        weights: weights(node.name),
        panels,
        taskPanels: step.taskPanels,
        lastChannels: node.channels - (panels - 1) * 8,
        rescale: tables.get(node.name)!,
        qmax,
        signMask,
      });
      break;
    }
    case "maxPool":
    case "avgPool": {
      const { node, input, output, taskRows } = step;
      const { size, stride } = node;
      const [height, width] = output.storage.shape;
      const [inputHeight, inputWidth] = input.storage.shape;
      const fields = {
        ...slide(arena, input, output, node, [size, size]),
        inputPixel: input.storage.pixelBytes,
        size,
        width,
        height,
        taskRows,
        channels: input.channels,
        signMask,
      };
      if (node.op === "maxPool") {
        writeStep(memory, at, "maxPool", tasks, fields);
      } else {
        const [paddingY, paddingX] = paddingOf(input, node, [size, size]);
        writeStep(memory, at, "averagePool", tasks, {
          ...fields,
          multipliers: tables.get(node.name)!,
          stride,
          paddingX,
          paddingY,
          inputWidth,
          inputHeight,
          countIncludePad: Number(node.countIncludePad),
          qmax,
        });
      }
      break;
    }
    case "globalAvgPool": {
      const { storage, channels } = step.input;
      writeStep(memory, at, "globalAveragePool", tasks, {
        input: addressOf(arena, step.input),
        inputPixel: storage.pixelBytes,
        inputRow: storage.rowBytes,
        width: storage.shape[1],
        height: storage.shape[0],
        channels,
        multipliers: tables.get(step.node.name)!,
        output: vectors + step.output.offset,
        signMask,
      });
      break;
    }
    case "dense": {
      const { node, input, output, taskUnits } = step;
      const scale = tables.get(node.name)!;
      writeStep(memory, at, "dense", tasks, {
        input: vectors + input.offset,
        inputs: input.length,
        weights: weights(node.name),
        scale,
        bias: scale + tableOf(node.units),
        output: vectors + output.offset,
        units: node.units,
        taskUnits,
        relu: Number(node.activation === "relu"),
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

/** Where windows stand and how far they move, by address. */
function slide(
  arena: number,
  input: Slice,
  output: Slice,
  window: WindowNode<string>,
  kernel: readonly [height: number, width: number],
) {
  const moves = slideWindow(input, output, window, kernel);
  return {
    ...moves,
    input: arena + moves.input,
    output: arena + moves.output,
  };
}

/** The address of a slice's first pixel. */
function addressOf(arena: number, { storage, channel }: Slice): number {
  return arena + storage.offset + channel;
}
