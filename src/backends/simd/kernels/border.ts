import { Border } from "./step";

/**
 * Fills the frame around an activation with the code 0, for SAME padding. The bytes
 * between two rows are the end of one and the start of the next.
 */
export function border(step: Border): void {
  const fill = <u8> step.fill;
  let at: usize = step.start;
  memory.fill(at, fill, step.before);
  at += step.before + step.inside;
  for (let row = step.rows - 1; row > 0; row--) {
    memory.fill(at, fill, step.between);
    at += step.between + step.inside;
  }
  memory.fill(at, fill, step.after);
}
