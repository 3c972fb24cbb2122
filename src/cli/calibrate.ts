import { valuesOf } from "../backends/tfjs/observe.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import { AbortedError } from "../errors.ts";
import { fitImage, type Pixels } from "../image/mod.ts";
import { type Graph, inferShapes, type Network } from "../model/mod.ts";
import { AT_ONCE, runLayers } from "../train/run_layers.ts";
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
 * @param onImage Called for each photo that is done; a few are done at once.
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
  const tf = await loadTfjsWasm();
  const { crop: own, resize } = network.preprocessing;
  const views: Pixels["data"][] = [];
  const run = async () => {
    await runLayers({ tf, backend: "wasm", signal }, graph, network, views, {
      onActivations({ op, name }, activations) {
        if (!MEASURED.has(op)) return;
        const [height, width] = shapes.get(name)!;
        const every = Math.ceil(height * width / PIXELS);
        for (const activation of activations) {
          calibration.addActivation(name, valuesOf(tf, activation, every));
        }
      },
    });
    for (let i = 0; i < views.length; i += 2) onImage?.();
    views.length = 0;
  };
  for await (const photo of photos) {
    if (signal?.aborted) throw new AbortedError(signal.reason);
    for (const crop of [own, CENTER]) {
      const { data } = fitImage(photo, graph.input[0], { crop, resize });
      calibration.addImage(data);
      views.push(data);
    }
    if (views.length >= AT_ONCE) await run();
  }
  if (views.length > 0) await run();
  return calibration.finish();
}

/** A concatenation is as its parts are; later activations stay f32. */
const MEASURED = new Set(["conv", "maxPool", "avgPool"]);
