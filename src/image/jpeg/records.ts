/**
 * The records that the kernels read, `kernels/records.ts`: 32-bit words in this
 * order.
 *
 * @module
 */

const COMPONENT = [
  "h",
  "v",
  "side",
  "samples",
  "ring",
  "stride",
  "width",
  "height",
  "expandX",
  "expandY",
  "smooth",
  "factors",
  "places",
  "neededLow",
  "neededHigh",
  "blocks",
  "blocksAcross",
  "blockBytes",
  "dcTable",
  "acTable",
  "prediction",
] as const;

const FRAME = [
  "components",
  "component0",
  "component1",
  "component2",
  "component3",
  "color",
  "left",
  "right",
  "firstColumn",
  "endColumn",
  "block",
  "lines",
  "lineBytes",
] as const;

const SCAN = [
  "frame",
  "kind",
  "components",
  "component0",
  "component1",
  "component2",
  "component3",
  "columns",
  "restartInterval",
  "firstCoefficient",
  "lastCoefficient",
  "shift",
  "row",
  "visible",
  "position",
  "end",
  "isLast",
] as const;

const RECORDS = { component: COMPONENT, frame: FRAME, scan: SCAN };

/** The name of a record. */
export type RecordKind = keyof typeof RECORDS;

/** The most bytes of a record, those included that only kernels use. */
export const RECORD_BYTES = 128;

/** WASM memory, as bytes and as words. */
export interface WasmMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
}

type Fields<Kind extends RecordKind> = Readonly<
  Partial<Record<typeof RECORDS[Kind][number], number>>
>;

/** Writes a record; a field that isn't given is 0, and so is what follows them. */
export function writeRecord<Kind extends RecordKind>(
  memory: DataView,
  address: number,
  kind: Kind,
  fields: Fields<Kind>,
): void {
  const names = RECORDS[kind] as readonly (typeof RECORDS[Kind][number])[];
  for (let at = 0; at < RECORD_BYTES; at += 4) {
    const name = names[at / 4];
    memory.setInt32(address + at, name ? fields[name] ?? 0 : 0, true);
  }
}

/** Changes a field of a record. */
export function writeField<Kind extends RecordKind>(
  memory: DataView,
  address: number,
  kind: Kind,
  name: typeof RECORDS[Kind][number],
  value: number,
): void {
  memory.setInt32(address + offsetOf(kind, name), value, true);
}

/** A field of a record. */
export function readField<Kind extends RecordKind>(
  memory: DataView,
  address: number,
  kind: Kind,
  name: typeof RECORDS[Kind][number],
): number {
  return memory.getInt32(address + offsetOf(kind, name), true);
}

function offsetOf(kind: RecordKind, name: string): number {
  return (RECORDS[kind] as readonly string[]).indexOf(name) * 4;
}

/** The fields for the addresses of up to four components. */
export function componentAddresses(records: readonly number[]): Readonly<
  Record<`component${0 | 1 | 2 | 3}`, number>
> {
  const [component0 = 0, component1 = 0, component2 = 0, component3 = 0] =
    records;
  return { component0, component1, component2, component3 };
}
