/**
 * The digest of a Totem file: its last tensor is the SHA-256 of all bytes before it, in
 * the header and the weights. It is last so that a file is written in one pass.
 *
 * @module
 */
import { mapStream } from "../io/read_stream.ts";
import { CorruptWeightsError } from "../errors.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import type { TensorSource, WrittenSafetensors } from "./safetensors/write.ts";
import { createSha256, toHex } from "./store/sha256.ts";

export const DIGEST = "sha256";

const DIGEST_BYTES = 32;

/** The last tensor, which {@linkcode withDigest} fills. */
export const DIGEST_TENSOR: TensorSource = {
  name: DIGEST,
  dtype: "U8",
  shape: [DIGEST_BYTES],
  data: () => new Uint8Array(DIGEST_BYTES),
};

/** Fills the digest of safetensors whose last tensor is {@linkcode DIGEST_TENSOR}. */
export function withDigest(
  { stream, byteLength }: WrittenSafetensors,
): WrittenSafetensors {
  const hash = createSha256();
  let written = 0;
  return {
    byteLength,
    stream: mapStream(stream, async (read) => {
      const result = await read();
      if (result.done) return result;
      written += result.value.length;
      if (written >= byteLength) {
        return { done: false, value: bytesOfHex(await hash.digest()) };
      }
      hash.update(result.value);
      return result;
    }),
  };
}

/** Whether safetensors have a digest. */
export function hasDigest({ tensors, dataLength }: SafetensorsHeader): boolean {
  const entry = tensors.find(({ name }) => name === DIGEST);
  if (entry === undefined) return false;
  const { dtype, shape, offset, length } = entry;
  if (
    dtype === "U8" && `${shape}` === `${DIGEST_BYTES}` &&
    offset + length === dataLength
  ) {
    return true;
  }
  throw new CorruptWeightsError(
    `Cannot use the tensor "${DIGEST}" as it must be the last one, U8 [${DIGEST_BYTES}]: it is ${dtype} [${shape}] at byte ${offset} of ${dataLength}`,
  );
}

/** Hashes a file of `size` bytes while the returned stream is read. */
export function hashFile(stream: ReadableStream<Uint8Array>, size: number) {
  const whole = createSha256();
  const before = createSha256();
  let rest = size - DIGEST_BYTES;
  const hashing = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      whole.update(chunk);
      before.update(chunk.subarray(0, Math.max(0, rest)));
      rest -= chunk.length;
      controller.enqueue(chunk);
    },
  });
  return {
    stream: stream.pipeThrough(hashing),
    /** The SHA-256 of the file; call it after the end. */
    sha256: () => whole.digest(),
    /** Compares the digest with that of the bytes before it; call it after the end. */
    async checkDigest(data: Uint8Array): Promise<void> {
      const found = await before.digest();
      const expected = toHex(data.subarray(-DIGEST_BYTES));
      if (found === expected) return;
      throw new CorruptWeightsError(
        `Cannot use the file as it is damaged, or was changed after it was written: its digest is ${found}, but the file records ${expected}`,
      );
    },
  };
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(
    { length: hex.length / 2 },
    (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
