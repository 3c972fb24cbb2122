/** Why the kernels stopped. */
export const enum Status {
  ready,
  needsInput,
  damaged,
  endedEarly,
  badChecksum,
  surplus,
  /** These two stay between the kernels. */
  needsRoom,
  done,
}
