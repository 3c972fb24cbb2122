/**
 * The PNG decoder's kernels, in AssemblyScript: all that runs for every byte. They
 * use no memory but what lies below {@linkcode FIXED_BYTES} of `memory.ts`, and
 * what `../layout.ts` gives them, and no SIMD. An instance decodes one image at a
 * time.
 */
export { feed, position } from "./bits";
export { crc32, prepare } from "./crc32";
export { expandRow } from "./expand";
export { finish, open, readRow } from "./stream";
export { unfilterRow } from "./unfilter";
