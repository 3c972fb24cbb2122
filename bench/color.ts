/**
 * Measures the effect of ignoring colour profiles. Photos are converted to other colour
 * spaces and classified as if their levels were sRGB:
 * `deno task bench-color --model FILE --photos FOLDER`.
 *
 * A photo counts as right or wrong if its folder is named by a class's id
 * (`n02088364`).
 *
 * @module
 */
import { type Classifier, decodeImage, load, type Pixels } from "../mod.ts";
import { passedOver } from "../src/io/passed_over.ts";
import { walkImages } from "../src/image/walk_images.ts";
import * as spaces from "./color_spaces.ts";
import { encodeJpeg } from "./mozjpeg.ts";
import { readOptions } from "./options.ts";

type Change = (photo: Pixels) => Pixels | Promise<Pixels>;

/** The changes to a photo, by row name; the first one is the baseline. */
const CHANGES: Readonly<Record<string, Change>> = {
  "as it is": (photo) => photo,
  "to Display P3 and back": (photo) =>
    convert(
      convert(photo, spaces.SRGB, spaces.DISPLAY_P3),
      spaces.DISPLAY_P3,
      spaces.SRGB,
    ),
  "16 bits, cut to 8": cutFrom16,
  "Display P3": (photo) => convert(photo, spaces.SRGB, spaces.DISPLAY_P3),
  "Adobe RGB": (photo) => convert(photo, spaces.SRGB, spaces.ADOBE_RGB),
  "ProPhoto RGB": (photo) => convert(photo, spaces.SRGB, spaces.PRO_PHOTO),
  "BT.2020, PQ": (photo) => convert(photo, spaces.SRGB, spaces.BT2020_PQ),
  "green, blue, red": rotateChannels,
  "converted from P3": (photo) =>
    convert(photo, spaces.DISPLAY_P3, spaces.SRGB),
  "JPEG of quality 75": async (photo) =>
    await decodeImage(await encodeJpeg(photo, { quality: 75 })),
  "mirrored": mirror,
};

interface Answer {
  readonly probabilities: Float32Array;
  readonly first: number;
  readonly isRight: boolean;
}

async function measure(classifier: Classifier, folder: string): Promise<void> {
  const answers = Object.keys(CHANGES).map((): Answer[] => []);
  for await (const path of walkImages(folder, passedOver(), raise)) {
    const photo = await decodeImage(`${folder}/${path}`);
    const id = path.split("/").at(-2);
    for (const [i, change] of Object.values(CHANGES).entries()) {
      const probabilities = await classifier.probabilities(await change(photo));
      const first = probabilities.indexOf(Math.max(...probabilities));
      const isRight = id !== undefined && classifier.classIds?.[first] === id;
      answers[i]!.push({ probabilities, first, isRight });
    }
  }
  const [originals] = answers;
  console.log(`${originals!.length} photos, ${classifier.precision}`);
  console.log(`${"".padEnd(24)}right   other first   mean   most`);
  for (const [i, name] of Object.keys(CHANGES).entries()) {
    const { right, others, mean, most } = compare(answers[i]!, originals!);
    console.log(
      name.padEnd(24),
      String(right).padStart(4),
      String(others).padStart(13),
      mean.toFixed(3).padStart(6),
      most.toFixed(2).padStart(6),
    );
  }
}

/**
 * Compares the answers with those of the first change, by each photo's top class there.
 */
function compare(answers: readonly Answer[], originals: readonly Answer[]) {
  const differences = originals.map(({ first, probabilities }, i) =>
    Math.abs(answers[i]!.probabilities[first]! - probabilities[first]!)
  );
  return {
    right: answers.filter((it) => it.isRight).length,
    others: answers.filter((it, i) => it.first !== originals[i]!.first).length,
    mean: differences.reduce((sum, it) => sum + it, 0) / differences.length,
    most: Math.max(...differences),
  };
}

function convert(
  { data, ...size }: Pixels,
  from: spaces.ColorSpace,
  to: spaces.ColorSpace,
): Pixels {
  return { ...size, data: spaces.convertColors(data, from, to) };
}

/** Keeps the upper byte of 16-bit levels that round to those of the photo. */
function cutFrom16({ data, ...size }: Pixels): Pixels {
  let noise = 1;
  const cut = data.map((level, i) => {
    noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
    const fine = level * 257 + (noise >>> 24) - 128;
    return i % 4 === 3 ? 255 : Math.min(Math.max(fine, 0), 65535) >> 8;
  });
  return { ...size, data: cut };
}

function rotateChannels({ data, ...size }: Pixels): Pixels {
  const rotated = data.map((level, i) =>
    i % 4 === 3 ? level : data[i % 4 === 2 ? i - 2 : i + 1]!
  );
  return { ...size, data: rotated };
}

function mirror({ data, width, height }: Pixels): Pixels {
  const words = new Uint32Array(new Uint8Array(data).buffer);
  for (let y = 0; y < height; y++) {
    words.subarray(y * width, (y + 1) * width).reverse();
  }
  return { data: new Uint8ClampedArray(words.buffer), width, height };
}

function raise(_path: string, error: unknown): never {
  throw error;
}

if (import.meta.main) {
  const { model, photos } = readOptions("bench-color", {
    model: "imagenet",
    photos: "examples/photos",
  });
  using classifier = await load(model);
  await measure(classifier, photos);
}
