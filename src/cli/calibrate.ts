import { openObserved } from "../backends/tfjs/observe.ts";
import { AbortedError } from "../errors.ts";
import { fitImage, type Pixels } from "../image/mod.ts";
import { type Graph, inferShapes, type Network } from "../model/mod.ts";
import {
  calibrateByImages,
  type Calibration,
} from "../weights/quantize/calibration.ts";

/** About so many pixels of each activation are looked at. */
const PIXELS = 512;

/** Besides all of it, a photo's centre is shown: a few photos tell more that way. */
const CENTER = { kind: "center", fraction: 0.6 } as const;

/**
 * The ranges and means of a network's activations over photos, each seen as
 * the network sees it, and its centre alone.
 *
 * @param graph The network at the size at which it is calibrated.
 * @param onImage Called when a photo is done.
 * @throws {AbortedError} When the signal fires.
 */
export async function calibrate(
  network: Network,
  graph: Graph,
  photos: AsyncIterable<Pixels>,
  { signal, onImage }: {
    readonly signal?: AbortSignal | undefined;
    readonly onImage?: (() => void) | undefined;
  } = {},
): Promise<Calibration> {
  const calibration = calibrateByImages(network, graph);
  const shapes = inferShapes(graph);
  using session = await openObserved(network, graph, ({ op, name }, read) => {
    if (!MEASURED.has(op)) return;
    const [height, width] = shapes.get(name)!;
    const every = Math.ceil(height * width / PIXELS);
    const values = read(every);
    calibration.addActivation(name, values);
    // Given back at once, as the collector would let 100 MB of them lie.
    if (values.buffer instanceof ArrayBuffer) values.buffer.transfer?.(0);
  });
  let count = 0;
  for await (const photo of photos) {
    count++;
    const { crop: own, resize } = network.preprocessing;
    for (const crop of [own, CENTER]) {
      if (signal?.aborted) throw new AbortedError(signal.reason);
      const { data } = fitImage(photo, graph.input[0], { crop, resize });
      calibration.addImage(data);
      await session.run(data, "features");
    }
    onImage?.();
  }
  const { facts, ...found } = calibration.finish();
  return { ...found, facts: { ...facts, images: count } };
}

/** A concatenation is as its parts are; later activations stay f32. */
const MEASURED = new Set(["conv", "maxPool", "avgPool"]);
