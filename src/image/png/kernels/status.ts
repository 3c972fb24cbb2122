/** Why the kernels stopped. */
export const enum Status {
  ready,
  needsInput,
  damaged,
  endedEarly,
  badChecksum,
  surplus,
  /** For the kernels only. */
  needsRoom,
  done,
}
