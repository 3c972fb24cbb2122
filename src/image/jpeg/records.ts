export interface WasmMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
}

/** Writes fields of a record of `kernels/records.ts`; those that aren't given stay. */
export function writeFields<Name extends string>(
  { view }: WasmMemory,
  address: number,
  offsets: Readonly<Record<Name, number>>,
  fields: Readonly<Partial<Record<NoInfer<Name>, number>>>,
): void {
  for (const name in offsets) {
    const value = fields[name];
    if (value !== undefined) {
      view.setInt32(address + offsets[name], value, true);
    }
  }
}

/** The fields for the addresses of up to four components. */
export function componentAddresses(records: readonly number[]): Readonly<
  Record<`component${0 | 1 | 2 | 3}`, number>
> {
  const [component0 = 0, component1 = 0, component2 = 0, component3 = 0] =
    records;
  return { component0, component1, component2, component3 };
}
