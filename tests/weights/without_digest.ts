import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { writeSafetensors } from "../../src/weights/safetensors/write.ts";

/** Removes the last tensor of a Totem file, the digest. */
export async function withoutDigest(file: Uint8Array): Promise<Uint8Array> {
  const { metadata, tensors, dataOffset } = parseHeader(file);
  const data = file.subarray(dataOffset);
  const { stream } = writeSafetensors(
    metadata,
    tensors.slice(0, -1).map(({ offset, length, ...tensor }) => ({
      ...tensor,
      data: () => data.subarray(offset, offset + length),
    })),
  );
  return await new Response(stream).bytes();
}
