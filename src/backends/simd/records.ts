import { KIND, LEVEL, RECORDS } from "./modules/shared.ts";

export {
  LEVEL_BYTES,
  LINE_BYTES,
  PROGRAM_BYTES,
  RESCALE_BYTES,
  STEP_BYTES,
  TABLE_BYTES,
  TASK_PIXELS,
  WIDE_BYTES,
  WINOGRAD_BYTES,
} from "./modules/shared.ts";

/** The name of a kernel. `kernels/step.ts` declares the records. */
export type Kind = keyof typeof KIND;

/** A kernel's arguments. */
export type Fields<K extends Kind> = Readonly<
  Record<Exclude<keyof (typeof RECORDS)[K], "kind" | "tasks">, number>
>;

/** Writes the record of a step, of 32-bit integers. */
export function writeStep<K extends Kind>(
  memory: DataView,
  at: number,
  kind: K,
  tasks: number,
  fields: Fields<K>,
): void {
  const values: Record<string, number> = { ...fields, kind: KIND[kind], tasks };
  for (const [name, offset] of Object.entries(RECORDS[kind])) {
    memory.setUint32(at + offset, values[name]!, true);
  }
}

/** Writes the record of a level. */
export function writeLevel(
  memory: DataView,
  at: number,
  tasks: number,
  firstStep: number,
): void {
  memory.setUint32(at + LEVEL.tasks, tasks, true);
  memory.setUint32(at + LEVEL.first, firstStep, true);
}
