import { count } from "./option_kinds.ts";

/** Options for `parse()`. */
export const FRAMES_OPTION = { frames: count(undefined, 1) };
