import { networkCosts } from "../paper/network_costs.ts";
import { alignRows } from "../text/text_table.ts";
import { type Format, resultTable } from "./format_option.ts";
import type { Terminal } from "./terminal.ts";
import { barChart } from "../charts/bar_chart.ts";
import { rewriteCosts } from "../paper/rewrites.ts";
import { percent } from "../text/numbers.ts";
import { assertWritable, writeTextWhole } from "./write_file.ts";

/** Explains why some counts differ from the published ones by more than rounding. */
const NOTES = `\
All networks are counted the same way: multiply-adds of convolutions and dense layers;
as parameters weights, biases and 3 values of batch norm per channel (others count 2
or 4). The counts match those published for GoogLeNet, VGG-16 (its 15.3 G are the
convolutions) and ResNet-152. Why the others differ:
- Inception-v3: this is the released network, for which others count 5.7 G too. The
  paper's 4.8 G are of a network whose filters it doesn't list.
- Inception-v2: this is the paper's Table 1 with a 7 x 7 stem. The table doesn't list
  the filters inside its blocks, so those of the released Inception-v3 are used.
- GoogLeNet's parameters: they add up to 7 M. The 5 M are the paper's own words.`;

/** `totem inspect --compare` */
export function compareNetworks(io: Terminal, format: Format): void {
  const rows = networkCosts();
  if (format === "csv" || format === "tsv") {
    const table = resultTable(io, format, [
      "network",
      "input",
      "multiplyAdds",
      "publishedMultiplyAdds",
      "parameters",
      "publishedParameters",
    ]);
    for (const { name, input, multiplyAdds, parameters, published } of rows) {
      table.add({
        network: name,
        input: input.join(" x "),
        multiplyAdds,
        publishedMultiplyAdds: published.multiplyAdds,
        parameters,
        publishedParameters: published.parameters,
      });
    }
    return;
  }
  if (format === "json") {
    for (const row of rows) io.printJson(row);
    return;
  }
  const least = rows[0]!.multiplyAdds;
  const [head, ...lines] = alignRows([
    [
      "network",
      "input",
      "multiply-adds",
      "published",
      "of GoogLeNet's",
      "parameters",
      "published",
    ],
    ...rows.map(({ name, input, multiplyAdds, parameters, published }) => [
      name,
      input.join(" x "),
      multiplyAdds.toLocaleString("en"),
      `${(published.multiplyAdds / 1e9).toFixed(1)} G`,
      `${(multiplyAdds / least).toFixed(1)} x`,
      parameters.toLocaleString("en"),
      published.parameters === null ? "" : `${published.parameters / 1e6} M`,
    ]),
  ], ["left", "left", "right", "right", "right", "right", "right"]);
  io.print(io.paint("dim", head!), ...lines, "", ...NOTES.split("\n"));
}

/** `totem inspect --factorize`, with a chart at `svg` if given. */
export async function compareRewrites(
  io: Terminal,
  format: Format,
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
  if (format === "csv" || format === "tsv") {
    const columns = ["name", "form", "multiplyAdds", "parameters", "saved"];
    const table = resultTable(io, format, columns);
    for (const { name, forms } of costs) {
      for (const { label, multiplyAdds, parameters, saved } of forms) {
        table.add({ name, form: label, multiplyAdds, parameters, saved });
      }
    }
    return;
  }
  if (format === "json") {
    for (const it of costs) io.printJson(it);
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
  io.print(io.paint("dim", head!));
  for (const { name, source, forms } of costs) {
    io.print(
      `${io.paint("bold", name)}  ${source}`,
      ...lines.splice(0, forms.length),
    );
  }
}
