import { throwIfAborted } from "../async/abort.ts";
import {
  type Observer,
  openObserved,
  type TfjsRequest,
} from "../backends/tfjs/observe.ts";
import { freeBytes } from "../io/free_bytes.ts";
import { cropAndResize, type Pixels } from "../image/mod.ts";
import { type Graph, inferShapes, type Network } from "../model/mod.ts";
import type { Calibration } from "../weights/quantize/calibrate_by_batch_norm.ts";
import { calibrateByImages } from "./calibrate_by_images.ts";

/** The approximate number of pixels to sample per activation. */
const PIXELS = 512;

/** The network also runs on the centre of each photo, to learn more from few photos. */
const CENTER = { kind: "center", fraction: 0.6 } as const;

interface CalibrateOptions extends TfjsRequest {
  /** Aborts between runs. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each photo. */
  readonly onImage?: (() => void) | undefined;
}

/**
 * Measures the ranges and means of a network's activations on photos. It runs twice on
 * each: with the crop of its preprocessing, and on the centre.
 */
export async function calibrate(
  network: Network,
  graph: Graph,
  photos: AsyncIterable<Pixels>,
  { signal, onImage, ...tfjs }: CalibrateOptions = {},
): Promise<Calibration> {
  const calibration = calibrateByImages(network, graph);
  const shapes = inferShapes(graph);
  const observe: Observer = ({ op, name }, read) => {
    if (!MEASURED.has(op)) return;
    const [height, width] = shapes.get(name)!;
    const every = Math.ceil(height * width / PIXELS);
    const values = read(every);
    calibration.addActivation(name, values);
    // Freed immediately, as otherwise 100 MB would wait for the garbage collector.
    freeBytes(values);
  };
  let count = 0;
  const { crop: own, resize } = network.preprocessing;
  const session = await openObserved(network, graph, observe, tfjs);
  try {
    for await (const photo of photos) {
      count++;
      for (const crop of [own, CENTER]) {
        throwIfAborted(signal);
        const { data } = cropAndResize(photo, graph.input[0], { crop, resize });
        calibration.addImage(data);
        await session.run(data, "features");
      }
      onImage?.();
    }
  } finally {
    session[Symbol.dispose](); // Not `using`, which Node 20 and Safari don't support.
  }
  const { metadata, ...found } = calibration.finish();
  return { ...found, metadata: { ...metadata, images: count } };
}

/** A concatenation is derived from its parts. Later activations stay f32. */
const MEASURED = new Set(["conv", "maxPool", "avgPool"]);
