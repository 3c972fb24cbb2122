import { BackendUnavailableError } from "../../errors.ts";
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
 * Opens a device for a plan. Limits are checked before anything is created, and pipelines
 * are compiled before the first image.
 *
 * @throws {BackendUnavailableError} When a limit of the adapter is too small, or the
 * driver doesn't compile the kernels.
 */
export async function openGpu(
  adapter: GPUAdapter,
  plan: Plan,
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
    const pipelines = await Promise.all(
      Array.from(used, (it) => kernels[it]).map(async ({ name, source }) => {
        const module = device.createShaderModule({ code: source, label: name });
        const pipeline = await device.createComputePipelineAsync({
          layout: pipelineLayout,
          compute: { module, entryPoint: name },
          label: name,
        });
        return [name as KernelName, pipeline] as const;
      }),
    );
    return { device, kernels, layout, pipelines: new Map(pipelines) };
  } catch (cause) {
    device.destroy();
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
