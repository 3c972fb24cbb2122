/**
 * The int8 engine's threads with a small program: a few dense layers that take about
 * 100 µs in all. Each task is a separate step, which can be broken.
 */
import {
  instantiate,
  type LoadedKernels,
} from "../../../src/backends/simd/kernels.ts";
import type { Threaded } from "../../../src/backends/simd/slots.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "../../../src/backends/simd/records.ts";
import { randomNumbers } from "../../random.ts";

/** Even, since two vectors alternate, like activations. */
export const LEVELS = 6;
export const TASKS = 4;
const UNITS = 256;
const TASK_UNITS = UNITS / TASKS;
const VECTOR_BYTES = UNITS * 4;

/** The number of distinct images; higher numbers repeat them. */
const IMAGES = 7;

/** A kind of step that no kernel handles. */
const BROKEN = 99;

export interface TinyEngine {
  readonly engine: Threaded;
  readonly program: number;
  /** Makes a task fail on whichever thread takes it. */
  breakTask(level: number, task: number): void;
  mendTask(level: number, task: number): void;
  /** Writes an image to where its result will be. */
  write(image: number): void;
  /** Whether the result is the right one for an image. */
  isRight(image: number): boolean;
}

/** @param threads At least 1; they share each image. */
export function tinyEngine(
  kernels: LoadedKernels,
  threads: number,
): TinyEngine {
  const memory = new WebAssembly.Memory({
    initial: 8,
    maximum: 8,
    shared: true,
  });
  const view = new DataView(memory.buffer);
  let end = 64;
  const claim = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const program = claim(PROGRAM_BYTES + LEVELS * LEVEL_BYTES);
  const steps = claim(LEVELS * TASKS * STEP_BYTES);
  const vectors = claim(2 * VECTOR_BYTES);
  const weights = claim(LEVELS * UNITS * UNITS + 16);
  const scale = claim(UNITS * 4);
  const bias = claim(UNITS * 4);
  const scratch = Array.from({ length: threads }, () => claim(64));

  const next = randomNumbers(1);
  const matrix = new Int8Array(memory.buffer, weights, LEVELS * UNITS * UNITS);
  for (const i of matrix.keys()) matrix[i] = Math.floor(next() * 5) - 2;
  new Float32Array(memory.buffer, scale, UNITS).fill(1 / 16);
  new Float32Array(memory.buffer, bias, UNITS).fill(1);
  const stepAt = (level: number, task: number) =>
    steps + (level * TASKS + task) * STEP_BYTES;
  for (let level = 0; level < LEVELS; level++) {
    const at = program + PROGRAM_BYTES + level * LEVEL_BYTES;
    writeLevel(view, at, TASKS, stepAt(level, 0));
    for (let task = 0; task < TASKS; task++) {
      const unit = task * TASK_UNITS;
      writeStep(view, stepAt(level, task), "dense", 1, {
        input: vectors + level % 2 * VECTOR_BYTES,
        inputs: UNITS,
        weights: weights + (level * UNITS + unit) * UNITS,
        scale,
        bias,
        output: vectors + (level + 1) % 2 * VECTOR_BYTES + unit * 4,
        units: TASK_UNITS,
        taskUnits: TASK_UNITS,
        relu: 0,
      });
    }
  }
  const dense = view.getUint32(steps, true);

  const values = new Float32Array(memory.buffer, vectors, UNITS);
  const write = (image: number) => {
    for (const i of values.keys()) values[i] = (image % IMAGES + 1) * i % 13;
  };
  const { run } = instantiate(kernels, memory);
  const results = Array.from({ length: IMAGES }, (_, image) => {
    write(image);
    run(program, LEVELS, scratch[0]!);
    return values.slice();
  });

  const slot = { program, vectors, arena: vectors };
  return {
    engine: {
      kernels,
      memory,
      layout: { weights, tables: steps, slots: [slot], scratch, bytes: end },
    },
    program,
    breakTask: (level, task) =>
      view.setUint32(stepAt(level, task), BROKEN, true),
    mendTask: (level, task) => view.setUint32(stepAt(level, task), dense, true),
    write,
    isRight: (image) =>
      results[image % IMAGES]!.every((value, i) => value === values[i]),
  };
}
