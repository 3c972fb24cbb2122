/** The PNG decoder's kernels, without SIMD. An instance decodes one image at a time. */
export { feed, position } from "./bits";
export { crc32, prepare } from "./crc32";
export { expandRow } from "./expand";
export { finish, open, readRow } from "./stream";
export { unfilterRow } from "./unfilter";
