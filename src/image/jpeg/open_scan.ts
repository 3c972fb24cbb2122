import type { JpegKernels } from "./kernels.ts";
import { type Layout, WINDOW_BYTES } from "./layout.ts";
import {
  COMPONENT,
  HUFFMAN_BYTES,
  SCAN,
  SCAN_BYTES,
  SCAN_KIND,
} from "./modules/shared.ts";
import type { Plan } from "./plan.ts";
import { componentAddresses, type WasmMemory, writeFields } from "./records.ts";
import type { Scan } from "./scan.ts";
import type { HuffmanDefinition } from "./tables.ts";

/** The number of rows of MCUs in a scan; of blocks, if it has one component. */
export function scanRows({ components }: Scan, plan: Plan): number {
  const [only, second] = components;
  return second ? plan.rows : plan.components[only!.index]!.blocksDown;
}

/** Begins a scan, and returns a function that decodes a row of MCUs. */
export function openScan(
  kernels: JpegKernels,
  memory: WasmMemory,
  plan: Plan,
  layout: Layout,
  scan: Scan,
): (row: number, isVisible: boolean) => void {
  const { bytes, view } = memory;
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
    writeFields(memory, record, COMPONENT, {
      dcTable: build(dc),
      acTable: build(ac),
      prediction: 0,
    });
  }
  const [only, second] = components;
  const address = layout.scan;
  bytes.fill(0, address, address + SCAN_BYTES);
  writeFields(memory, address, SCAN, {
    frame: layout.frame,
    kind: plan.isStored ? SCAN_KIND[kind] : SCAN_KIND.immediate,
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

  let windowStart = 0;
  const moveWindow = (start: number) => {
    windowStart = start;
    const part = data.subarray(start, start + WINDOW_BYTES);
    bytes.set(part, layout.window);
    writeFields(memory, address, SCAN, {
      position: layout.window,
      end: layout.window + part.length,
      isLast: Number(start + part.length === data.length),
    });
  };
  moveWindow(0);
  return (row, isVisible) => {
    writeFields(memory, address, SCAN, { row, visible: Number(isVisible) });
    while (!kernels.decodeRow(address)) {
      const position = view.getUint32(address + SCAN.position, true);
      moveWindow(windowStart + position - layout.window);
    }
  };
}
