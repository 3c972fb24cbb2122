/**
 * Whether there may be a GPU, without asking WebGPU.
 *
 * On Linux without a GPU, requesting an adapter loads an emulation on the CPU: it costs
 * 73 MiB of memory, a tenth of a second and a warning of the window system's library
 * on standard error. A device file tells it for nothing. The answer is yes on other
 * systems, and without permission to look.
 */
export function mayHaveGpu(): boolean {
  // Only Deno has both WebGPU and files.
  const { Deno } = globalThis as { readonly Deno?: DenoFiles };
  if (Deno?.build.os !== "linux") return true;
  return DEVICES.some((path) => {
    // Queried first, as statSync() would prompt for a permission.
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

/** Device files of Linux drivers, of NVIDIA, of Tegra, and of Windows for Linux. */
const DEVICES = ["/dev/dri", "/dev/nvidiactl", "/dev/nvhost-gpu", "/dev/dxg"];

/** The part of the `Deno` namespace used here. */
interface DenoFiles {
  readonly build: { readonly os: string };
  readonly permissions: {
    querySync(
      descriptor: { readonly name: "read"; readonly path: string },
    ): { readonly state: string };
  };
  statSync(path: string): unknown;
}
