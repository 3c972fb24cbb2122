/**
 * Where an image's time goes on a GPU, kernel by kernel.
 *
 * The executor encodes an image as usual, and its dispatches are recorded. They run
 * again with a pass each, timed by the GPU's own clock if the adapter has timestamps,
 * otherwise by submitting one at a time.
 *
 * @module
 */
import { openGpu } from "../src/backends/webgpu/device.ts";
import { openExecutor } from "../src/backends/webgpu/executor.ts";
import type { ConvTile } from "../src/backends/webgpu/layout.ts";
import { planGraph } from "../src/backends/webgpu/plan.ts";
import type { Graph, QuantizedNetwork } from "../src/model/mod.ts";
import { printLayers } from "./layer_table.ts";

/** Runs a recorded dispatch in a pass. */
type Dispatch = (pass: GPUComputePassEncoder) => void;

/** Measures dispatches once, each in ms. */
type Measure = (dispatches: readonly Dispatch[]) => Promise<readonly number[]>;

const TIMESTAMPS = "timestamp-query";

/**
 * Prints the least time of each layer over `rounds` images, and the clock that was
 * used.
 *
 * @param pixels RGBA of the graph's input size.
 */
export async function measureGpuLayers(
  graph: Graph,
  network: QuantizedNetwork,
  pixels: Uint8Array | Uint8ClampedArray,
  tile: ConvTile,
  rounds: number,
  adapter: GPUAdapter,
): Promise<void> {
  const hasClock = adapter.features.has(TIMESTAMPS);
  const plan = planGraph(graph, 8, tile);
  const gpu = await openGpu(hasClock ? withTimestamps(adapter) : adapter, plan);
  const recorded: Dispatch[] = [];
  const device = recording(gpu.device, recorded);
  const executor = await openExecutor({ ...gpu, device }, plan, network);
  const { steps, range } = plan.outputs.get("probabilities")!;
  await executor.run(0, pixels, steps, range);
  const dispatches = recorded.slice(); // A copy: later images append to it.

  const measure = hasClock
    ? byClock(gpu.device, steps)
    : bySubmission(gpu.device);
  console.log(
    hasClock
      ? "By the GPU's timestamps, a pass for each layer:"
      : "The adapter has no timestamps: by submitting each layer alone, which adds the way there and back.",
  );
  const least = dispatches.map(() => Infinity);
  const images = [];
  for (let round = 0; round < rounds; round++) {
    const times = await measure(dispatches);
    for (const [i, ms] of times.entries()) least[i] = Math.min(least[i]!, ms);
    const start = performance.now();
    await executor.run(0, pixels, steps, range);
    images.push(performance.now() - start);
  }
  executor.close();
  printLayers(
    plan.steps.slice(0, steps).map(({ step, kernel }, i) => ({
      step,
      kernel,
      least: least[i]!,
    })),
  );
  console.log(
    `An image in one pass, there and back: ${
      Math.min(...images).toFixed(1)
    } ms`,
  );
}

/** An adapter whose devices have timestamps. */
function withTimestamps(adapter: GPUAdapter): GPUAdapter {
  return {
    limits: adapter.limits,
    requestDevice: (wanted: GPUDeviceDescriptor) =>
      adapter.requestDevice({ ...wanted, requiredFeatures: [TIMESTAMPS] }),
  } as unknown as GPUAdapter;
}

/** A device whose command encoders append their dispatches to `dispatches`. */
function recording(device: GPUDevice, dispatches: Dispatch[]): GPUDevice {
  return new Proxy(device, {
    get(_, name) {
      if (name === "createCommandEncoder") {
        return () => recordingEncoder(device.createCommandEncoder());
      }
      const value = Reflect.get(device, name, device);
      return typeof value === "function" ? value.bind(device) : value;
    },
  });

  function recordingEncoder(encoder: GPUCommandEncoder) {
    return {
      beginComputePass() {
        const pass = encoder.beginComputePass();
        let pipeline: GPUComputePipeline;
        let bound: Parameters<GPUComputePassEncoder["setBindGroup"]>;
        return {
          setPipeline(it: GPUComputePipeline) {
            pipeline = it;
            pass.setPipeline(it);
          },
          setBindGroup(...args: typeof bound) {
            bound = args;
            pass.setBindGroup(...args);
          },
          dispatchWorkgroups(count: number) {
            const own = { pipeline, bound };
            dispatches.push((pass) => {
              pass.setPipeline(own.pipeline);
              pass.setBindGroup(...own.bound);
              pass.dispatchWorkgroups(count);
            });
            pass.dispatchWorkgroups(count);
          },
          end: () => pass.end(),
        };
      },
      copyBufferToBuffer: (
        ...args: Parameters<GPUCommandEncoder["copyBufferToBuffer"]>
      ) => encoder.copyBufferToBuffer(...args),
      finish: () => encoder.finish(),
    };
  }
}

/** Measures with a single submission and timestamps for each pass. */
function byClock(device: GPUDevice, count: number): Measure {
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const querySet = device.createQuerySet({
    type: "timestamp",
    count: 2 * count,
  });
  const size = 16 * count;
  const resolved = device.createBuffer({
    size,
    usage: QUERY_RESOLVE | COPY_SRC,
  });
  const staging = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  return async (dispatches) => {
    const encoder = device.createCommandEncoder();
    for (const [i, dispatch] of dispatches.entries()) {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        },
      });
      dispatch(pass);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const ns = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return dispatches.map((_, i) => Number(ns[2 * i + 1]! - ns[2 * i]!) / 1e6);
  };
}

/** Measures one submission after the other. */
function bySubmission(device: GPUDevice): Measure {
  return async (dispatches) => {
    const times = [];
    for (const dispatch of dispatches) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      dispatch(pass);
      pass.end();
      const commands = encoder.finish();
      const start = performance.now();
      device.queue.submit([commands]);
      await device.queue.onSubmittedWorkDone();
      times.push(performance.now() - start);
    }
    return times;
  };
}
