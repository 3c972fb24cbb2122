import { BackendUnavailableError } from "../../errors.ts";
import type { Kernel } from "./kernels/kernel.ts";
import { type GpuKernels, type KernelName, kernelsFor } from "./kernels/mod.ts";
import { type ConvTile, FIELD_BYTES, WORKGROUP } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { findGpu, isSoftware } from "./probe.ts";

/** A device with compiled kernels. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly kernels: GpuKernels;
  readonly pipelines: ReadonlyMap<KernelName, GPUComputePipeline>;
  /** Layout of the buffers that all kernels read and write. */
  readonly layout: GPUBindGroupLayout;
}

export async function findAdapter(): Promise<GPUAdapter> {
  const adapter = await findGpu()?.requestAdapter();
  if (adapter) return adapter;
  throw new BackendUnavailableError("Cannot find a WebGPU adapter");
}

/** The fastest tile for an adapter. */
export function tileFor(adapter: GPUAdapter): ConvTile {
  if (isSoftware(adapter)) return EMULATED;
  // The types of Deno 2.9 lack it.
  const { wgslLanguageFeatures: language } = findGpu() as {
    readonly wgslLanguageFeatures?: ReadonlySet<string>;
  };
  const hasDot4 = language?.has("packed_4x8_integer_dot_product");
  return { ...REAL, products: hasDot4 ? "dot4" : "f32" };
}

/**
 * For an emulation on the CPU, which reads the words of each invocation one by one, has
 * many registers, and is faster in f32.
 */
const EMULATED = { products: "f32", pixels: 8, panels: 2 } as const;

/** For a GPU, which has few registers for each of its many invocations. */
const REAL = { pixels: 4, panels: 1 } as const;

/**
 * Called as pipelines are compiled, with the number done, 0 at first, and the total.
 */
export type OnCompile = (done: number, total: number) => void;

/**
 * Opens a device for a plan. Limits are checked before anything is created, and pipelines
 * are compiled before the first image.
 *
 * @throws What `onCompile` throws; the device is then freed.
 * @throws {BackendUnavailableError} When a limit of the adapter is too small, or the
 * driver doesn't compile the kernels.
 */
export async function openGpu(
  adapter: GPUAdapter,
  plan: Plan,
  onCompile?: OnCompile,
): Promise<Gpu> {
  const device = await requestDevice(adapter, limitsFor(plan));
  const visibility = GPUShaderStage.COMPUTE;
  const buffers = [
    { type: "storage" },
    { type: "read-only-storage" },
    { hasDynamicOffset: true, minBindingSize: FIELD_BYTES },
  ] as const;
  const layout = device.createBindGroupLayout({
    entries: buffers.map((buffer, binding) => ({
      binding,
      visibility,
      buffer,
    })),
  });
  const pipelineLayout = device.createPipelineLayout({
    bindGroupLayouts: [layout],
  });
  const kernels = kernelsFor(plan.tile);
  const used = new Set(plan.steps.map((it) => it.kernel));
  try {
    const pipelines = await compileAll(
      Array.from(used, (it) => kernels[it]),
      (kernel) => compile(kernel, device, pipelineLayout),
      onCompile,
    );
    return { device, kernels, layout, pipelines };
  } catch (error) {
    device.destroy();
    throw error;
  }
}

/**
 * Compiles kernels in parallel, if the runtime does, and reports each one that is done.
 */
async function compileAll(
  kernels: readonly Kernel[],
  compile: (kernel: Kernel) => Promise<GPUComputePipeline>,
  onCompile?: OnCompile,
): Promise<Gpu["pipelines"]> {
  const pipelines = new Map<KernelName, GPUComputePipeline>();
  onCompile?.(0, kernels.length);
  const compiling = [];
  for (const kernel of kernels) {
    const compiled = compile(kernel).then((pipeline) => {
      pipelines.set(kernel.name as KernelName, pipeline);
      onCompile?.(pipelines.size, kernels.length);
    });
    compiled.catch(() => {}); // It is thrown below.
    compiling.push(compiled);
    // Deno 2.9 has compiled it by now: this lets it report that before it compiles the
    // next.
    for (let i = 0; i < SETTLING; i++) await null;
  }
  await Promise.all(compiling);
  return pipelines;
}

/**
 * Turns of the microtask queue after which every promise that can settle has settled.
 */
const SETTLING = 8;

async function compile(
  { name, source }: Kernel,
  device: GPUDevice,
  layout: GPUPipelineLayout,
): Promise<GPUComputePipeline> {
  try {
    const module = device.createShaderModule({ code: source, label: name });
    return await device.createComputePipelineAsync({
      layout,
      compute: { module, entryPoint: name },
      label: name,
    });
  } catch (cause) {
    throw new BackendUnavailableError(
      "Cannot run on the GPU as its driver doesn't compile the kernels",
      { cause },
    );
  }
}

function limitsFor({ modelBytes, arenaBytes, steps }: Plan) {
  const largest = Math.max(modelBytes, arenaBytes);
  return {
    maxBufferSize: largest,
    maxStorageBufferBindingSize: largest,
    maxComputeInvocationsPerWorkgroup: WORKGROUP,
    maxComputeWorkgroupSizeX: WORKGROUP,
    maxComputeWorkgroupStorageSize: 4 * WORKGROUP,
    maxComputeWorkgroupsPerDimension: Math.max(
      ...steps.map(({ workgroups }) => workgroups),
    ),
  };
}

async function requestDevice(
  adapter: GPUAdapter,
  needed: ReturnType<typeof limitsFor>,
): Promise<GPUDevice> {
  const short = Object.entries(needed).flatMap(([name, need]) => {
    const has = adapter.limits[name as keyof typeof needed];
    return has >= need ? [] : `${name} must be ${need}, and is ${has}`;
  });
  if (short.length > 0) {
    throw new BackendUnavailableError(
      `Cannot run the network on this GPU: ${short.join("; ")}`,
    );
  }
  try {
    return await adapter.requestDevice({ requiredLimits: needed });
  } catch (cause) {
    throw new BackendUnavailableError(
      "Cannot run on the GPU as its adapter gives no device",
      { cause },
    );
  }
}
