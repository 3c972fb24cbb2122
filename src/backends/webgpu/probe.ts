import { type Availability, NO_GPU } from "../backend.ts";

/** Names of Vulkan and Direct3D emulations whose adapters don't say that they are. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/** The `probe` of backends: whether this runtime has WebGPU, and on what hardware. */
export async function probeWebgpu(isAsked: boolean): Promise<Availability> {
  const gpu = findGpu();
  if (gpu === undefined) {
    return { available: false, reason: "this runtime has no WebGPU" };
  }
  if (!isAsked && !mayHaveGpu()) {
    return {
      available: false,
      reason: NO_GPU,
    };
  }
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter();
  } catch (error) {
    return { available: false, reason: `WebGPU fails: ${error}` };
  }
  if (adapter === null) {
    return { available: false, reason: "WebGPU finds no adapter" };
  }
  return {
    available: true,
    detail: describe(adapter),
    software: isSoftware(adapter),
  };
}

/** WebGPU, if this runtime has it. Node has none. */
export function findGpu(): GPU | undefined {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
}

/** Whether an adapter is emulated on the CPU. */
export function isSoftware(adapter: GPUAdapter): boolean {
  // Earlier browsers have it here, not in `info`.
  const { isFallbackAdapter } = adapter as { isFallbackAdapter?: boolean };
  return adapter.info?.isFallbackAdapter || isFallbackAdapter ||
    SOFTWARE.test(describe(adapter));
}

/** The name of an adapter, for messages. */
function describe({ info }: GPUAdapter): string {
  return info?.description ||
    `${info?.vendor ?? ""} ${info?.architecture ?? ""}`.trim() ||
    "an adapter that doesn't name itself";
}

/**
 * Whether there may be a GPU, without asking WebGPU.
 *
 * On Linux without a GPU, requesting an adapter loads an emulation on the CPU: it costs
 * 73 MiB of memory, a tenth of a second and a warning of the window system's library on
 * standard error. Looking for a device file costs nothing. The answer is yes on other
 * systems, and without permission to look.
 */
function mayHaveGpu(): boolean {
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
