/** The first eight bytes of every file (II.A). */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file that begins with `start` is HDF5, as Keras's are. */
export function isHdf5(start: Uint8Array): boolean {
  return SIGNATURE.every((it, i) => start[i] === it);
}
