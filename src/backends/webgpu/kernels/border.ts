import { WORKGROUP } from "../layout.ts";
import { defineKernel } from "./kernel.ts";

/**
 * Fills the frame around an activation with the code 0, one word in each invocation. The
 * words between two rows are the end of one and the start of the next.
 */
export const borderKernel = defineKernel(
  "border",
  ["start", "before", "inside", "between", "rows", "words"],
  `
@compute @workgroup_size(${WORKGROUP})
fn border(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= task.words) { return; }
  var to = task.start + id.x;
  if (id.x >= task.before) {
    // Rows of pixels before the word.
    let gaps = (id.x - task.before) / max(task.between, 1u);
    let rows = select(task.rows, min(gaps + 1u, task.rows), task.between > 0u);
    to += rows * task.inside;
  }
  arena[to] = 0u;
}
`,
);
