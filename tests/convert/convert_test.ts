import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { compareInt8, watchF32 } from "../../src/convert/compare.ts";
import { channelFactors } from "../../src/weights/quantize/channel_factors.ts";
import { calibrate } from "../../src/convert/calibrate.ts";
import {
  convert,
  type ConvertOptions,
  type ConvertProgress,
} from "../../src/convert/mod.ts";
import { AbortedError, ArgumentError } from "../../src/errors.ts";
import {
  cropAndResize,
  decodeImage,
  type Pixels,
} from "../../src/image/mod.ts";
import { inceptionV3, isWeighted, type Network } from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
  writeNetwork,
} from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { importModel } from "../layers_model.ts";
import { noise } from "../random.ts";
import { withoutBatchNorm } from "./without_batch_norm.ts";

const FOLDER = new URL("../../examples/photos/", import.meta.url);
const network = await importModel({ gamma: true });
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const NAMES = ["drum", "cocker_spaniels", "fig"];
const FILES = await Promise.all(
  NAMES.map((name) => Deno.readFile(new URL(`${name}.jpg`, FOLDER))),
);
const PHOTOS = await Promise.all(FILES.map((it) => decodeImage(it)));
/** Small photos, for tests whose results don't depend on the content. */
const SMALL = [1, 2, 3].map((seed): Pixels => ({
  data: Uint8ClampedArray.from(noise(80, seed)),
  width: 80,
  height: 80,
}));
const NO_IMAGE = new TextEncoder().encode("no photo");
const OPTIONS = { variant: 75 } as const;

Deno.test("convert() gives the network that its photos calibrate, as its file has it", async () => {
  const provenance = { source: "unknown", license: "unknown" };
  const expected = quantizeNetwork(
    { ...network, variant: 75 },
    await calibrate(network, graph, stream(PHOTOS)),
    provenance,
  );
  const { network: found, fidelities } = await convert(network, FILES, OPTIONS);
  assert.deepEqual(found.calibration, { method: "images", images: 3 });
  assert.deepEqual(fidelities, []);
  assert.equal(found.variant, 75);
  assert.deepEqual(await bytesOf(found), await bytesOf(expected));
});

Deno.test("convert() takes photos as they are held, and gives the same bytes each time", async () => {
  const { network: first } = await convert(network, FILES, OPTIONS);
  const expected = await bytesOf(first);
  const [one, two, three] = FILES;
  for (
    const photos of [
      [new Blob([one!]), two!.buffer as ArrayBuffer, PHOTOS[2]!],
      NAMES.map((name) => new URL(`${name}.jpg`, FOLDER)),
      new Set([one!, two!, three!]),
      stream(FILES),
    ]
  ) {
    const { network: found } = await convert(network, photos, OPTIONS);
    assert.deepEqual(await bytesOf(found), expected);
  }
});

Deno.test("convert() sets ranges by batch norm when there are no photos", async () => {
  const { network: found } = await convert(network, null, {
    ...OPTIONS,
    source: "noise",
    license: "CC0-1.0",
  });
  assert.deepEqual(found.calibration, { method: "batch-norm", images: 0 });
  const expected = quantizeNetwork(
    { ...network, variant: 75 },
    calibrateByBatchNorm(network, graph),
    { source: "noise", license: "CC0-1.0" },
  );
  assert.deepEqual(await bytesOf(found), await bytesOf(expected));
});

Deno.test("convert() needs photos where there is no batch norm", async () => {
  const bare = withoutBatchNorm(network);
  await assert.rejects(convert(bare, null, OPTIONS), {
    name: "CorruptWeightsError",
    message: /has no batch norm: give photos/,
  });
  const { network: found } = await convert(bare, SMALL, OPTIONS);
  assert.equal(found.calibration.images, 3);
});

Deno.test("convert() refuses to take no photos for batch norm", async () => {
  for (const photos of [[], stream([])]) {
    await assert.rejects(convert(network, photos, OPTIONS), {
      name: "ArgumentError",
      message: /^Cannot calibrate on no images: if there are none, give null/,
    });
  }
});

Deno.test("convert() is for the variant that is asked for, else the network's own", async () => {
  const own: Network = { ...network, variant: 80 };
  for (
    const [given, options, expected] of [
      [own, {}, 80],
      [own, OPTIONS, 75],
      [network, {}, "full"],
    ] as const
  ) {
    const { network: found } = await convert(given, null, options);
    assert.equal(found.variant, expected);
  }
});

Deno.test("convert() compares with f32 on other photos", async () => {
  const { network: int8, fidelities } = await convert(network, FILES, {
    ...OPTIONS,
    compareOn: PHOTOS.slice(0, 2),
  });
  const images = PHOTOS.slice(0, 2).map((photo) =>
    cropAndResize(photo, 75, network.preprocessing).data
  );
  const expected = await watchF32(network, { graph, images });
  const calibration = await calibrate(network, graph, stream(PHOTOS));
  const factors = channelFactors(graph, calibration);
  assert.equal(factors.size, 2);
  assert.deepEqual(fidelities, [
    await compareInt8(expected, int8, 8, { graph, images, factors }),
    await compareInt8(expected, int8, 7, { graph, images, factors }),
  ]);
});

Deno.test("convert() needs the f32 weights no more when it is done", async () => {
  let asked = 0;
  const watched: Network = {
    ...network,
    weights(name) {
      asked++;
      return network.weights(name);
    },
  };
  const { network: int8 } = await convert(watched, null, OPTIONS);
  const before = asked;
  for (const { name } of graph.nodes.filter(isWeighted)) int8.quantized(name);
  assert.equal(asked, before);
});

Deno.test("convert() leaves out photos that can't be read where it is told to", async () => {
  const { network: alone } = await convert(network, SMALL.slice(0, 2), OPTIONS);
  const cut = FILES[0]!.subarray(0, 400);
  const photos = [SMALL[0]!, NO_IMAGE, SMALL[1]!, cut];
  const told: [unknown, string][] = [];
  const { network: found, fidelities } = await convert(network, photos, {
    ...OPTIONS,
    compareOn: [NO_IMAGE, SMALL[2]!],
    onError: (error, photo) => told.push([photo, (error as Error).name]),
  });
  assert.deepEqual(told, [
    [NO_IMAGE, "UnsupportedImageError"],
    [cut, "CorruptImageError"],
    [NO_IMAGE, "UnsupportedImageError"],
  ]);
  assert.equal(found.calibration.images, 2);
  assert.equal(fidelities[0]!.images, 1);
  assert.deepEqual(await bytesOf(found), await bytesOf(alone));

  await assert.rejects(
    convert(network, [NO_IMAGE], { ...OPTIONS, onError: () => {} }),
    { name: "ArgumentError", message: /^Cannot calibrate on no images/ },
  );
});

Deno.test("convert() takes photos that are read when their turn comes", async () => {
  const { network: expected } = await convert(network, SMALL.slice(0, 2), {
    ...OPTIONS,
    compareOn: SMALL.slice(2, 3),
  });
  const broken = {
    read: () => Promise.reject(new ArgumentError("too large")),
  };
  const told: unknown[] = [];
  const { network: found, fidelities } = await convert(
    network,
    [{ image: SMALL[0]! }, broken, { read: () => SMALL[1]! }],
    {
      ...OPTIONS,
      compareOn: [{ read: () => Promise.resolve(SMALL[2]!) }],
      onError: (error, photo) => told.push(photo, (error as Error).message),
    },
  );
  assert.deepEqual(told, [broken, "too large"]);
  assert.equal(fidelities[0]!.images, 1);
  assert.deepEqual(await bytesOf(found), await bytesOf(expected));
});

Deno.test("convert() throws what is wrong with a photo otherwise, and closes the photos", async () => {
  let closed = false;
  const photos = stream([SMALL[0]!, NO_IMAGE], () => closed = true);
  await assert.rejects(convert(network, photos, OPTIONS), {
    name: "UnsupportedImageError",
  });
  assert.ok(closed);
  await assert.rejects(
    convert(network, FILES, { ...OPTIONS, maxPixels: 100 }),
    { name: "ImageTooLargeError" },
  );
});

Deno.test("convert() doesn't call a wrong argument a photo that can't be read", async () => {
  const onError = () => assert.fail();
  const options = { ...OPTIONS, onError };
  await assert.rejects(convert(network, [5 as never], options), {
    name: "ArgumentError",
  });
  await assert.rejects(
    convert(network, FILES, { ...options, maxPixels: NaN }),
    { name: "ArgumentError", message: /maxPixels/ },
  );
});

Deno.test("convert() says how far it is", async () => {
  const seen: ConvertProgress[] = [];
  const options = {
    ...OPTIONS,
    compareOn: SMALL.slice(0, 1),
    onProgress: (progress: ConvertProgress) => seen.push(progress),
  };
  await convert(network, SMALL.slice(0, 2), options);
  assert.deepEqual(seen, [
    { stage: "calibrate", done: 1, total: 2 },
    { stage: "calibrate", done: 2, total: 2 },
    { stage: "compare", done: 1, total: 3 },
    { stage: "compare", done: 2, total: 3 },
    { stage: "compare", done: 3, total: 3 },
  ]);
  seen.length = 0;
  await convert(network, stream(SMALL.slice(0, 1)), options);
  assert.equal(seen[0]!.total, undefined);
});

Deno.test("convert() stops when its signal fires, and leaves no tensor behind", async () => {
  const tensors = tf.memory().numTensors;
  for (const last of [0, 1, 4]) {
    const reason = new Error("the person went on");
    const controller = new AbortController();
    if (last === 0) controller.abort(reason);
    let seen = 0;
    const converting = convert(network, SMALL, {
      ...OPTIONS,
      compareOn: SMALL,
      signal: controller.signal,
      onProgress() {
        if (++seen === last) controller.abort(reason);
      },
    });
    await assert.rejects(converting, (error) => {
      assert.ok(error instanceof AbortedError);
      assert.equal(error.cause, reason);
      return true;
    });
    assert.equal(seen, last);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("convert() stops when its signal fires while the next photo is waited for", async () => {
  const controller = new AbortController();
  async function* photos() {
    yield SMALL[0]!;
    controller.abort();
    await new Promise(() => {}); // It never arrives.
  }
  const { signal } = controller;
  await assert.rejects(convert(network, photos(), { ...OPTIONS, signal }), {
    name: "AbortError",
  });
});

Deno.test("convert() leaves other conversions alone that run meanwhile", async () => {
  const alone = [];
  for (const photo of SMALL.slice(0, 2)) {
    const { network: found } = await convert(network, [photo], OPTIONS);
    alone.push(await bytesOf(found));
  }
  const together = await Promise.all(
    SMALL.slice(0, 2).map((photo) => convert(network, [photo], OPTIONS)),
  );
  for (const [i, { network: found }] of together.entries()) {
    assert.deepEqual(await bytesOf(found), alone[i]);
  }
  assert.notDeepEqual(alone[0], alone[1]);
});

Deno.test("convert() gives what can't be found to onError as well", async () => {
  const photos = ["nowhere.jpg", SMALL[0]!];
  const told: unknown[] = [];
  const { network: found } = await convert(network, photos, {
    ...OPTIONS,
    onError: (error, photo) => told.push(photo, (error as Error).name),
  });
  assert.deepEqual(told, ["nowhere.jpg", "ImageUnavailableError"]);
  assert.equal(found.calibration.images, 1);
});

Deno.test("convert() refuses int8 weights, as the original ones are gone", async () => {
  await assert.rejects(convert(await narrowNetwork(), SMALL, OPTIONS), {
    name: "ArgumentError",
    message:
      /int8 already, and the original ones are gone: convert the original model$/,
  });
});

Deno.test("convert() refuses weights that aren't finite, or don't stay so", async () => {
  for (
    const [layer, value, message] of [
      ["Mixed_5b/branch1x1", NaN, /"Mixed_5b\/branch1x1" .*finite/],
      [graph.outputs.logits!, Infinity, /finite/],
      // Its product with the layer's range isn't finite.
      ["Mixed_5b/branch1x1", 3e38, /Mixed_5b\/branch1x1.*(finite|fit f32)/],
    ] as const
  ) {
    const damaged: Network = {
      ...network,
      weights(name) {
        const weights = network.weights(name);
        return name === layer
          ? { ...weights, kernel: weights.kernel.with(0, value) }
          : weights;
      },
    };
    await assert.rejects(convert(damaged, null, OPTIONS), {
      name: "CorruptWeightsError",
      message,
    });
  }
});

for (
  const [options, named] of [
    [5, /options must be an object/],
    [{ variant: "75" }, /variant must be/],
    [{ variant: 74 }, /in pixels must be a whole number of 75\.\.1024/],
    [{ variant: 1025 }, /in pixels must be a whole number of 75\.\.1024/],
    [{ compareOn: 5 }, /compareOn must be an array/],
    [{ maxPixels: NaN }, /maxPixels must be/],
    [{ compareWith: [] }, /there is no option "compareWith"/],
    [{ source: 5 }, /source must be a text/],
    [{ license: null }, /license must be a text/],
    [{ onError: true }, /onError must be a function/],
    [{ onProgress: 1 }, /onProgress must be a function/],
    [{ signal: new AbortController() }, /signal must be an AbortSignal/],
    [
      { tfjsWasmFolder: "http:" },
      /tfjsWasmFolder must be an address or a path/,
    ],
    [{ tfjs: {} }, /tfjs must be the tfjs of/],
  ] as const
) {
  Deno.test(`convert() refuses ${JSON.stringify(options)}, as it says ${named}`, async () => {
    const given = options as unknown as ConvertOptions;
    await assert.rejects(convert(network, null, given), {
      name: "ArgumentError",
      message: named,
    });
  });
}

Deno.test("convert() refuses what is no network, or no photos", async () => {
  await assert.rejects(convert("nsfw" as never, null), {
    name: "ArgumentError",
    message: /must be a Network/,
  });
  for (const photos of [undefined, "photos", NO_IMAGE.length]) {
    await assert.rejects(convert(network, photos as never), {
      name: "ArgumentError",
      message: /photos must be an array/,
    });
  }
});

async function bytesOf(
  network: Parameters<typeof writeNetwork>[0],
): Promise<Uint8Array> {
  return await new Response(writeNetwork(network).stream).bytes();
}

async function* stream<T>(
  items: readonly T[],
  onClose?: () => void,
): AsyncGenerator<T> {
  try {
    for (const item of items) yield await Promise.resolve(item);
  } finally {
    onClose?.();
  }
}
