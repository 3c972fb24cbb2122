import { levelOf, Program, runTask } from "./program";

/**
 * Runs the first `levels` levels of a program.
 *
 * @param scratch See `conv.ts`.
 * @returns true, as all tasks are done. With threads they may not be; see
 * `run_threads.ts`.
 */
export function run(program: Program, levels: usize, scratch: usize): bool {
  for (let i: usize = 0; i < levels; i++) {
    const level = levelOf(program, i);
    for (let task: usize = 0; task < level.tasks; task++) {
      runTask(level, task, scratch);
    }
  }
  return true;
}
