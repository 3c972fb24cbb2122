import { barChart } from "../charts/bar_chart.ts";
import { rewriteCosts } from "../paper/rewrites.ts";
import { alignRows } from "../text/text_table.ts";
import { percent } from "../text/numbers.ts";
import type { Terminal } from "./terminal.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

/**
 * `totem inspect --factorize`
 *
 * @param svg Where a chart goes, if anywhere.
 */
export async function compareRewrites(
  terminal: Terminal,
  json: boolean,
  svg: string | undefined,
): Promise<void> {
  if (svg !== undefined) await assertWritable(svg, ".svg");
  const costs = rewriteCosts();
  if (svg !== undefined) {
    const chart = barChart(
      "Multiply-adds of rewritten layers",
      costs.map(({ name, forms }) => ({
        title: name,
        bars: forms.map(({ label, multiplyAdds, saved }) => ({
          label,
          value: 1 - saved,
          note: `${percent(1 - saved)}, ${(multiplyAdds / 1e6).toFixed(1)} M`,
        })),
      })),
    );
    await writeTextWhole(svg, chart);
  }
  if (json) {
    for (const it of costs) terminal.printJson(it);
    return;
  }
  const rows = costs.map(({ forms }) =>
    forms.map(({ label, multiplyAdds, parameters, saved }, i) => [
      label,
      multiplyAdds.toLocaleString("en"),
      parameters.toLocaleString("en"),
      i === 0 ? "" : percent(saved),
    ])
  );
  const [head, ...lines] = alignRows(
    [["", "multiply-adds", "parameters", "saved"], ...rows.flat()],
    ["left", "right", "right", "right"],
  );
  terminal.print(terminal.paint("dim", head!));
  for (const { name, source, forms } of costs) {
    terminal.print(
      `${terminal.paint("bold", name)}  ${source}`,
      ...lines.splice(0, forms.length),
    );
  }
}
