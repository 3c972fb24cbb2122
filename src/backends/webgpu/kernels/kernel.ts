/** A compute shader. Its entry point has its name. */
export interface Kernel<Field extends string = string> {
  readonly name: string;
  /** The names of its fields, in the order in which it reads them. */
  readonly fields: readonly Field[];
  /** In WGSL. */
  readonly source: string;
}

/** The fields of a kernel; addresses are in words. */
export type Fields<K> = K extends Kernel<infer Field>
  ? Readonly<Record<Field, number>>
  : never;

/**
 * Defines a kernel that reads its fields as `task`.
 *
 * A word of the arena has four bytes, the first one in its lowest bits, or the bits of
 * an f32. The model has weights and tables.
 */
export function defineKernel<const Field extends string>(
  name: string,
  fields: readonly Field[],
  source: string,
): Kernel<Field> {
  return {
    name,
    fields,
    source: `
struct Task { ${fields.map((it) => `${it}: u32,`).join(" ")} }

@group(0) @binding(0) var<storage, read_write> arena: array<u32>;
@group(0) @binding(1) var<storage, read> model: array<vec4<u32>>;
@group(0) @binding(2) var<uniform> task: Task;
${source}`,
  };
}

/** WGSL that unpacks a word into four codes. */
export const UNPACK = `
fn unpack(word: u32) -> vec4<u32> {
  return (vec4(word) >> vec4(0u, 8u, 16u, 24u)) & vec4(255u);
}`;

/** WGSL that packs four codes into a word. */
export const PACK = `
fn pack(codes: vec4<u32>) -> u32 {
  return codes.x | (codes.y << 8u) | (codes.z << 16u) | (codes.w << 24u);
}`;
