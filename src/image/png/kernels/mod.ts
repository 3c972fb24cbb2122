/**
 * The PNG decoder's kernels, in AssemblyScript: what runs for every byte. They use the
 * memory of `memory.ts` and `../layout.ts` only, and no SIMD. An instance decodes one
 * image at a time.
 */
export { feed, position } from "./bits";
export { crc32, prepare } from "./crc32";
export { expandRow } from "./expand";
export { finish, open, readRow } from "./stream";
export { unfilterRow } from "./unfilter";
