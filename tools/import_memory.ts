/**
 * Patches a module made by Emscripten to import its memory instead of creating it, so
 * that decoders of several formats can share one in turn. Its code and exports don't
 * change.
 *
 * @module
 */

/** Sections of a module: https://webassembly.github.io/spec/core/binary/modules.html */
const SECTION = { import: 2, memory: 5, global: 6 } as const;

const HEADER_BYTES = 8;
const PAGE_BYTES = 1 << 16;

/**
 * Returns the module with its memory as the import `a.memory`, after Emscripten's other
 * imports. The initial memory has to hold the module's data and stack.
 */
export function importMemory(
  module: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const sections = readSections(module);
  const bodyOf = (id: number) => sections.find((it) => it.id === id)!.body;
  // The first global is the stack pointer. It starts at the upper end of the stack, and
  // the heap follows.
  const MUTABLE_I32 = [0x7f, 1];
  const I32_CONST = 0x41;
  const [count, at] = readNumber(bodyOf(SECTION.import), 0);
  const [, first] = readNumber(bodyOf(SECTION.global), 0);
  const stack = bodyOf(SECTION.global).subarray(first);
  const isStack = MUTABLE_I32.every((it, i) => stack[i] === it) &&
    stack[2] === I32_CONST;
  if (!isStack) throw new Error("The module has no stack where it should be");
  const [stackEnd] = readNumber(stack, 3);
  const pages = Math.ceil(stackEnd / PAGE_BYTES);
  const text = (it: string) => [it.length, ...new TextEncoder().encode(it)];
  const MEMORY = 2;
  const NO_MAXIMUM = 0;
  const memory = [
    ...text("a"),
    ...text("memory"),
    MEMORY,
    NO_MAXIMUM,
    ...number(pages),
  ];
  const parts = [
    [...module.subarray(0, HEADER_BYTES)],
    ...sections
      .filter(({ id }) => id !== SECTION.memory)
      .map(({ id, body }) => {
        const changed = id === SECTION.import
          ? [...number(count + 1), ...body.subarray(at), ...memory]
          : [...body];
        return [id, ...number(changed.length), ...changed];
      }),
  ];
  return Uint8Array.from(parts.flat());
}

function readSections(module: Uint8Array) {
  const sections: { readonly id: number; readonly body: Uint8Array }[] = [];
  for (let at = HEADER_BYTES; at < module.length;) {
    const [bytes, start] = readNumber(module, at + 1);
    sections.push({
      id: module[at]!,
      body: module.subarray(start, start + bytes),
    });
    at = start + bytes;
  }
  return sections;
}

/** Reads a LEB128 number; returns it and its end. */
function readNumber(
  bytes: Uint8Array,
  at: number,
): readonly [value: number, end: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

function number(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...number(value >> 7)];
}
