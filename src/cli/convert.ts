import { ArgumentError } from "../errors.ts";
import { tellAssumed } from "./assumed.ts";
import { calibrate } from "./calibrate.ts";
import { counted } from "./counted.ts";
import { compareInt8, type Fidelity, watchF32 } from "./compare.ts";
import { decodeImage, fitImage, type Pixels } from "../image/mod.ts";
import {
  factsOf,
  inceptionV3,
  isQuantized,
  type Variant,
} from "../model/mod.ts";
import { withVariant } from "../model/model_facts.ts";
import { shownSource } from "../weights/address.ts";
import { KNOWN_MODELS } from "../weights/known_models.ts";
import { loadNetwork } from "../weights/load_network.ts";
import { calibrateByBatchNorm } from "../weights/quantize/data_free.ts";
import { quantizeNetwork } from "../weights/quantize/quantize_network.ts";
import {
  type Command,
  expectOnePositional,
  parse,
  parseKept,
  UsageError,
} from "./command.ts";
import {
  IMAGE_HELP,
  IMAGE_OPTIONS,
  type ImageReading,
  parseImageOptions,
} from "./image_options.ts";
import { expectFiles, findInputs, readBytes } from "./inputs.ts";
import { readLabels } from "./labels.ts";
import {
  paint,
  print,
  printJson,
  type Progress,
  showByteProgress,
  showProgress,
  tellProblem,
} from "./terminal.ts";
import { expectWritable } from "./write_file.ts";
import { writeNetworkWhole } from "./write_network.ts";

/** `totem convert` */
export const convert: Command = {
  summary: "Make an int8 file of an Inception-v3",
  help: `\
Usage: totem convert SOURCE --out FILE [options]

Makes a Totem file, with int8 weights, of an Inception-v3: a known name, or the
path or address of a TFJS layers model's model.json, a Keras .h5 file, or
torchvision's or timm's .safetensors.

Options:
  --out FILE         Where the file goes
  --calibrate PATH   Photos that set the ranges of the activations, a dozen or
                     more like those the model will see: a folder, a file or a
                     glob. Without them batch norm's statistics set the ranges
  --evaluate PATH    Photos on which int8 is compared with f32. Without them,
                     every fifth photo of --calibrate is kept for that
  --labels FILE      The classes' names: JSON, or one a line
  --license NAME     The licence of the weights, which the file states
                     (default: a known model's own, else "unknown")
  --variant NAME     The size that the file is for: full (299 pixels), low151,
                     low79, or a size in pixels (default: what SOURCE says, else
                     full)
${IMAGE_HELP}
  --json             The report as one JSON object. A layer has no signalToNoise
                     where its outputs or their error are 0 for every photo; the
                     table has a "-" there

Example:
  totem convert model/model.json --out parts.safetensors --calibrate photos/`,
  async run(args) {
    const { values, positionals } = parse(args, {
      ...IMAGE_OPTIONS,
      out: { type: "string" },
      calibrate: { type: "string" },
      evaluate: { type: "string" },
      labels: { type: "string" },
      license: { type: "string" },
      variant: { type: "string" },
      json: { type: "boolean" },
    });
    const source = expectOnePositional(positionals, "convert", "SOURCE");
    const { out } = values;
    if (out === undefined) {
      throw new UsageError("Cannot convert as --out FILE must be given");
    }
    const reading = parseImageOptions(values);
    const variant = parseKept(values.variant);
    await expectWritable(out, [
      source,
      values.calibrate,
      values.evaluate,
      values.labels,
    ]);
    const { photos, heldOut } = await findPhotos(
      values.calibrate,
      values.evaluate,
    );
    const labels = values.labels === undefined
      ? undefined
      : await readLabels(values.labels);

    const { facts, written, graph, images, expected } = await makeFile(
      source,
      out,
      { labels, license: values.license, variant, photos, heldOut, reading },
    );
    const { network, byteLength } = written;
    const fidelities: Fidelity[] = [];
    if (images.length > 0) {
      // What is compared is what was written.
      await withProgress(showCount("runs compared"), async (onProgress) => {
        let done = 0;
        const onImage = () => onProgress(++done, 2 * images.length);
        const options = { graph, images, onImage };
        for (const bits of [8, 7] as const) {
          fidelities.push(await compareInt8(expected, network, bits, options));
        }
      });
    }
    if (values.json) {
      printJson({
        out,
        byteLength,
        facts: factsOf(network),
        calibration: facts,
        fidelities,
      });
    } else {
      print(`${paint("bold", out)}: ${(byteLength / 1e6).toFixed(1)} MB`);
      print(
        facts.method === "batch-norm"
          ? "ranges set by batch norm's statistics"
          : `ranges set by ${counted(facts.images, "photo")}`,
      );
      printReport(fidelities);
    }
    return 0;
  },
};

/** The photos that set ranges, and those on which int8 is compared with f32. */
async function findPhotos(
  calibrate: string | undefined,
  evaluate: string | undefined,
) {
  const find = async (path: string | undefined) => {
    if (path === undefined) return [];
    const { files, problems, passedOver } = await findInputs([path]);
    expectFiles(path, { files, problems, passedOver });
    for (const { path, reason } of problems) tellLeftOut(path, reason);
    passedOver.tell();
    return files;
  };
  const files = await find(calibrate);
  if (evaluate !== undefined || files.length < 5) {
    return { photos: files, heldOut: await find(evaluate) };
  }
  const isHeldOut = (_: string, i: number) => i % 5 === 4;
  return {
    photos: files.filter((it, i) => !isHeldOut(it, i)),
    heldOut: files.filter(isHeldOut),
  };
}

/** Writes the file. Afterwards the f32 network isn't in memory any more. */
async function makeFile(
  source: string,
  out: string,
  { labels, license, variant, photos, heldOut, reading }: {
    readonly labels: readonly string[] | undefined;
    readonly license: string | undefined;
    readonly variant: Variant | undefined;
    readonly photos: readonly string[];
    readonly heldOut: readonly string[];
    readonly reading: ImageReading;
  },
) {
  const loaded = await withProgress(
    showByteProgress(source),
    (onProgress) =>
      loadNetwork(source, {
        onProgress,
        precision: "f32",
        ...labels && { labels },
      }),
  );
  if (isQuantized(loaded)) {
    throw new ArgumentError(
      `Cannot convert ${
        shownSource(source)
      } as its weights are int8 already, and what they were rounded from is gone: convert what the file was made of`,
    );
  }
  tellAssumed(source, factsOf(loaded, variant));
  const network = withVariant(loaded, variant);
  const graph = inceptionV3({
    ...network.architecture,
    variant: network.variant!,
    auxiliary: false,
  });
  const calibration = photos.length === 0
    ? calibrateByBatchNorm(network, graph)
    : await withProgress(showCount("photos set ranges"), (onProgress) => {
      let done = 0;
      const onImage = () => onProgress(++done, photos.length);
      return calibrate(network, graph, decodeAll(photos, reading), { onImage });
    });
  const known = Object.hasOwn(KNOWN_MODELS, source)
    ? KNOWN_MODELS[source]
    : undefined;
  const quantized = quantizeNetwork(network, calibration, {
    source: known?.source ?? shownSource(source),
    license: license ?? known?.license ?? "unknown",
  });
  const written = await writeNetworkWhole(out, quantized);

  const images: (Uint8Array | Uint8ClampedArray)[] = [];
  for await (const photo of decodeAll(heldOut, reading)) {
    images.push(fitImage(photo, graph.input[0], network.preprocessing).data);
  }
  const expected = images.length === 0 ? [] : await withProgress(
    showCount("f32 runs to compare with"),
    (onProgress) => {
      let done = 0;
      const onImage = () => onProgress(++done, images.length);
      return watchF32(network, { graph, images, onImage });
    },
  );
  return { facts: calibration.facts, written, graph, images, expected };
}

type OnProgress = (done: number, total: number) => void;

async function withProgress<T>(
  progress: Progress,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  using shown = progress;
  return await work(shown.update);
}

/** A progress bar for a number of things. */
function showCount(what: string): Progress {
  return showProgress((done, total) => `${done} of ${total} ${what}`);
}

/** Decodes files one after the other; a broken one is told of and left out. */
async function* decodeAll(
  files: readonly string[],
  reading: ImageReading,
): AsyncGenerator<Pixels> {
  for (const file of files) {
    let photo;
    try {
      photo = await decodeImage(await readBytes(file), reading);
    } catch (error) {
      tellLeftOut(file, error);
      continue;
    }
    yield photo;
  }
}

function tellLeftOut(what: string, problem: unknown): void {
  tellProblem(what, problem, { word: "left out", style: "yellow" });
}

function printReport(fidelities: readonly Fidelity[]): void {
  const [eight, seven] = fidelities;
  if (eight === undefined || seven === undefined) return;
  print("", `compared with f32 on ${counted(eight.images, "other photo")}:`);
  print(
    paint("dim", "activations  features' cosine (least)  same first answer"),
  );
  for (const { bits, featuresCosine, sameAnswer, images } of fidelities) {
    const { mean, min } = featuresCosine;
    print(
      `${bits} bits       ${mean.toFixed(5)} (${
        min.toFixed(5)
      })      ${sameAnswer} of ${images}`,
    );
  }
  print("", "signal to noise of each layer, in dB:");
  print(paint("dim", `${"layer".padEnd(26)}  8 bits  7 bits`));
  for (const [i, { name, signalToNoise }] of eight.layers.entries()) {
    const numbers = [signalToNoise, seven.layers[i]!.signalToNoise]
      .map((it) => (it?.toFixed(1) ?? "-").padStart(6)).join("  ");
    print(`${name.padEnd(26)}  ${numbers}`);
  }
}
