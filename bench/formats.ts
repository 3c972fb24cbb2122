/**
 * Makes the table of `docs/formats.md`: reads each model file that another tool wrote,
 * runs it in f32 and compares its answers and features with the tool's own.
 *
 * ```sh
 * deno run --lock=deno.lock --allow-read --allow-write --allow-env bench/formats.ts
 * ```
 *
 * @module
 */
import {
  compareRealFile,
  loadRealFile,
  REAL_FILES,
} from "../tests/weights/real_files.ts";

const rows = [
  ["file", "what it is", "written by", "probabilities", "features"],
  ["---", "---", "---", "---", "---"],
];
for (const real of REAL_FILES) {
  const { file, kind, tool, outputs } = real;
  try {
    const network = await loadRealFile(real);
    const { answers, features } = await compareRealFile(real, network);
    const ofLogits = Object.values(outputs).every(
      ({ probabilities, sigmoid }) => !probabilities && !sigmoid,
    );
    const note = answers !== undefined && ofLogits ? " of logits" : "";
    const cells = [`\`${file}\``, kind, tool];
    rows.push([...cells, text(answers) + note, text(features)]);
  } catch (error) {
    console.error(`${file}: ${(error as Error).message}`);
    Deno.exitCode = 1;
  }
}
for (const cells of rows) console.log(`| ${cells.join(" | ")} |`);

function text(difference: number | undefined): string {
  return difference === undefined ? "no classes" : difference.toExponential(1);
}
