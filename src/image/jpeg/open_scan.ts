import type { JpegKernels } from "./kernels.ts";
import { HUFFMAN_BYTES, type Layout, WINDOW_BYTES } from "./layout.ts";
import type { Plan } from "./plan.ts";
import {
  componentAddresses,
  readField,
  type WasmMemory,
  writeField,
  writeRecord,
} from "./records.ts";
import type { Scan, ScanKind } from "./scan.ts";
import type { HuffmanDefinition } from "./tables.ts";

/** The numbers of `kernels/scan.ts`; a sequential scan that is alone has 0. */
const KINDS: Readonly<Record<ScanKind, number>> = {
  "sequential": 1,
  "first DC": 2,
  "refine DC": 3,
  "first AC": 4,
  "refine AC": 5,
};

/** How many rows of MCUs a scan has: of blocks, if it has one component. */
export function rowsOf({ components }: Scan, plan: Plan): number {
  const [only, second] = components;
  return second ? plan.rows : plan.components[only!.index]!.blocksDown;
}

/** Begins a scan; what is returned decodes a row of MCUs. */
export function openScan(
  kernels: JpegKernels,
  { bytes, view }: WasmMemory,
  plan: Plan,
  layout: Layout,
  scan: Scan,
): (row: number, isVisible: boolean) => void {
  const { data, components, kind } = scan;
  const built = new Map<HuffmanDefinition, number>();
  const build = (definition: HuffmanDefinition | undefined) => {
    if (definition === undefined) return 0;
    const known = built.get(definition);
    if (known !== undefined) return known;
    const table = layout.huffman + built.size * HUFFMAN_BYTES;
    bytes.set(definition, layout.definition);
    kernels.buildTable(table, layout.definition);
    built.set(definition, table);
    return table;
  };
  for (const { index, dc, ac } of components) {
    const { record } = layout.components[index]!;
    writeField(view, record, "component", "dcTable", build(dc));
    writeField(view, record, "component", "acTable", build(ac));
    writeField(view, record, "component", "prediction", 0);
  }
  const [only, second] = components;
  const address = layout.scan;
  writeRecord(view, address, "scan", {
    frame: layout.frame,
    kind: plan.isStored ? KINDS[kind] : 0,
    components: components.length,
    ...componentAddresses(
      components.map(({ index }) => layout.components[index]!.record),
    ),
    columns: second ? plan.columns : plan.components[only!.index]!.blocksAcross,
    restartInterval: scan.restartInterval,
    firstCoefficient: scan.first,
    lastCoefficient: scan.last,
    shift: scan.shift,
  });

  let windowStart = 0; // In the data.
  const moveWindow = (start: number) => {
    windowStart = start;
    const part = data.subarray(start, start + WINDOW_BYTES);
    bytes.set(part, layout.window);
    writeField(view, address, "scan", "position", layout.window);
    writeField(view, address, "scan", "end", layout.window + part.length);
    const isLast = start + part.length === data.length;
    writeField(view, address, "scan", "isLast", Number(isLast));
  };
  moveWindow(0);
  return (row, isVisible) => {
    writeField(view, address, "scan", "row", row);
    writeField(view, address, "scan", "visible", Number(isVisible));
    while (!kernels.decodeRow(address)) {
      const position = readField(view, address, "scan", "position");
      moveWindow(windowStart + position - layout.window);
    }
  };
}
