/**
 * Whether there may be a GPU, as far as can be told without asking WebGPU.
 *
 * On Linux without one, asking still finds the processor's own emulation, and
 * costs 73 MiB of memory, a tenth of a second, and a complaint of the window
 * system's library on standard error. A device file tells it for nothing. Where
 * that can't be told, in other systems and without permission to look, the answer
 * is yes.
 */
export function mayHaveGpu(): boolean {
  // Deno alone: Node has no WebGPU, and a browser no files.
  const { Deno } = globalThis as { readonly Deno?: DenoFiles };
  if (Deno?.build.os !== "linux") return true;
  return DEVICES.some((path) => {
    // Asked first, since a person would be asked for a permission.
    const { state } = Deno.permissions.querySync({ name: "read", path });
    if (state !== "granted") return true;
    try {
      Deno.statSync(path);
      return true;
    } catch {
      return false;
    }
  });
}

/** Of the kernel's graphics drivers, NVIDIA's, Tegra's, and Windows's for Linux. */
const DEVICES = ["/dev/dri", "/dev/nvidiactl", "/dev/nvhost-gpu", "/dev/dxg"];

/** The part of Deno that is used. */
interface DenoFiles {
  readonly build: { readonly os: string };
  readonly permissions: {
    querySync(
      descriptor: { readonly name: "read"; readonly path: string },
    ): { readonly state: string };
  };
  statSync(path: string): unknown;
}
