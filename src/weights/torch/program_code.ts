import type { ZipArchive } from "../zip.ts";

/** Maximum size of the code, in bytes. Inception-v3 has 12 KB, its convolutions 50 KB. */
const MAX_CODE = 2 ** 21;

/**
 * Whether a traced TorchScript program maps input normalized by ImageNet's mean and
 * deviation to -1..1. A trace has no attributes, so this searches its code for
 * `torch.select`: nothing else in Inception-v3 selects a channel.
 */
export async function transformsInput(program: ZipArchive): Promise<boolean> {
  let left = MAX_CODE;
  for (const name of program.names) {
    if (!/\/code\/__torch__\/torchvision\/.*\.py$/.test(name)) continue;
    const code = await program.inflate(name, left);
    left -= code?.length ?? 0;
    const text = new TextDecoder().decode(code);
    if (/class \w*Inception3\(/.test(text)) {
      return text.includes("torch.select(");
    }
  }
  return false;
}
