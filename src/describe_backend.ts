/** The backend of a model, which affects its answers. */
export interface BackendDescription {
  /** `"wasm"` or `"webgpu"`. */
  readonly device: string;
  /** `"int8"` or `"f32"`. */
  readonly precision: string;
  /** The bits of int8 activations, 7 or 8; `null` in f32. */
  readonly activationBits: number | null;
}

export function describeBackend(
  { backend: { device, precision }, activationBits }: {
    readonly backend: Omit<BackendDescription, "activationBits">;
    readonly activationBits: number | null;
  },
): BackendDescription {
  return { device, precision, activationBits };
}

/** A description for people: `wasm int8, 7-bit activations`. */
export function backendText(
  { device, precision, activationBits }: BackendDescription,
): string {
  const bits = activationBits === null
    ? ""
    : `, ${activationBits}-bit activations`;
  return `${device} ${precision}${bits}`;
}
