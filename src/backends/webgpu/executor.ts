import { DeviceLostError, MemoryLimitError } from "../../errors.ts";
import type { QuantizedNetwork } from "../../model/mod.ts";
import { stepTables } from "../int8/tables.ts";
import type { Gpu } from "./device.ts";
import { CONCURRENCY, FIELD_BYTES, STEP_STRIDE } from "./layout.ts";
import { type BufferRange, gpuBytes, type Plan } from "./plan.ts";

/** A network in a device's memory. One command buffer runs an image. */
export interface Executor {
  /**
   * Runs the first `steps` steps of the plan for an image.
   *
   * @param slot One of {@linkcode CONCURRENCY}, for one image at a time.
   * @returns The bytes of `result`.
   * @throws {DeviceLostError} When the device is lost meanwhile.
   */
  run(
    slot: number,
    pixels: Uint8Array | Uint8ClampedArray,
    steps: number,
    result: BufferRange,
  ): Promise<ArrayBuffer>;
  /** Resolves when the device is lost or closed. */
  readonly lost: Promise<unknown>;
  close(): void;
}

/** Uploads a network: the model, and an arena for each image in flight. */
export async function openExecutor(
  { device, kernels, pipelines, layout }: Gpu,
  plan: Plan,
  network: Pick<QuantizedNetwork, "quantized" | "absMax">,
): Promise<Executor> {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const { queue } = device;
  device.pushErrorScope("out-of-memory");
  const create = (size: number, usage: number) =>
    device.createBuffer({ size, usage });
  const model = create(plan.modelBytes, STORAGE | COPY_DST);
  const fields = create(plan.stepBytes, UNIFORM | COPY_DST);
  const slots = Array.from({ length: CONCURRENCY }, () => {
    const arena = create(plan.arenaBytes, STORAGE | COPY_SRC | COPY_DST);
    const group = device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer: arena } },
        { binding: 1, resource: { buffer: model } },
        { binding: 2, resource: { buffer: fields, size: FIELD_BYTES } },
      ],
    });
    const staging = create(plan.resultBytes, MAP_READ | COPY_DST);
    return { arena, group, staging };
  });
  if (await device.popErrorScope()) {
    device.destroy();
    throw new MemoryLimitError(
      `Cannot reserve ${gpuBytes(plan)} bytes of the GPU's memory`,
    );
  }

  const lost = device.lost.then(({ message, reason }) => {
    const why = message || reason;
    throw new DeviceLostError(
      `Cannot finish an image as the GPU's device was lost: ${why}`,
    );
  });
  lost.catch(() => {}); // Runs in flight throw it.

  queue.writeBuffer(fields, 0, packFields(plan, kernels));
  const isSigned = () => plan.tile.products === "dot4";
  const tableOf = stepTables(plan.graph, network, plan.bits, isSigned);
  for (const { step, weights, table } of plan.steps) {
    if (step.op === "conv" || step.op === "dense") {
      const { weight } = network.quantized(step.node.name);
      queue.writeBuffer(model, weights, wholeWords(weight));
    }
    const bytes = tableOf(step);
    // Deno 2.9 panics when it writes nothing.
    if (bytes.length > 0) queue.writeBuffer(model, table, bytes);
  }

  /** Encodes all commands of an image. */
  const encode = (
    { arena, group, staging }: typeof slots[number],
    count: number,
    { offset, bytes }: BufferRange,
  ) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [i, { kernel, workgroups }] of plan.steps.entries()) {
      if (i === count) break;
      pass.setPipeline(pipelines.get(kernel)!);
      pass.setBindGroup(0, group, [i * STEP_STRIDE]);
      pass.dispatchWorkgroups(workgroups);
    }
    pass.end();
    encoder.copyBufferToBuffer(arena, offset, staging, 0, bytes);
    return encoder.finish();
  };

  return {
    async run(index, pixels, steps, result) {
      const slot = slots[index]!;
      const image = pixels as Uint8Array<ArrayBuffer>;
      queue.writeBuffer(slot.arena, plan.image.offset, image);
      queue.submit([encode(slot, steps, result)]);
      const { staging } = slot;
      try {
        const mapped = staging.mapAsync(GPUMapMode.READ, 0, result.bytes);
        await Promise.race([mapped, lost]);
      } catch (cause) {
        if (cause instanceof DeviceLostError) throw cause;
        // A device that is being lost refuses to map before it gives the reason.
        throw new DeviceLostError(
          "Cannot finish an image as the GPU's device was lost",
          { cause },
        );
      }
      const bytes = staging.getMappedRange(0, result.bytes).slice(0);
      staging.unmap();
      return bytes;
    },
    lost: device.lost,
    close: () => device.destroy(),
  };
}

/** The fields of all steps, where their kernels read them. */
function packFields(
  plan: Plan,
  kernels: Gpu["kernels"],
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(plan.stepBytes / 4);
  for (const [i, { kernel, fields }] of plan.steps.entries()) {
    const values = kernels[kernel].fields.map((it) => fields[it]!);
    words.set(values, i * STEP_STRIDE / 4);
  }
  return words;
}

/** Pads weights with zeros to whole words. */
function wholeWords(weight: Int8Array): Int8Array<ArrayBuffer> {
  if (weight.length % 4 === 0) return weight as Int8Array<ArrayBuffer>;
  const words = new Int8Array(Math.ceil(weight.length / 4) * 4);
  words.set(weight);
  return words;
}
