/**
 * Measures two ways to turn a photo of 12 megapixels into a network's input,
 * interleaved: mozjpeg (`@jsquash/jpeg`), which decodes it whole before resizing, and
 * our own decoder, row by row at a quarter of the size: `deno task bench-decode`.
 *
 * @module
 */
import {
  type CropAndResize,
  cropAndResize,
  preprocess,
} from "../src/image/mod.ts";
import { encodeJpeg, loadMozjpeg } from "./mozjpeg.ts";
import { readOptions } from "./options.ts";
import { type MemoryWatch, watchMemory } from "../tests/watch_memory.ts";

const WIDTH = 4000;
const HEIGHT = 3000;
const SIZE = 299;
const GEOMETRY: CropAndResize = {
  crop: { kind: "squash" },
  resize: "antialiased",
};

/** Makes an enlarged photo with grain as fine as a camera's. */
async function makePhoto(progressive: boolean): Promise<Uint8Array> {
  // Decode with mozjpeg: our own decoder would keep the memory it needs for this photo.
  const { mozjpeg } = await loadMozjpeg("dec/mozjpeg_dec");
  const photo = mozjpeg.decode(
    await Deno.readFile(
      new URL("../examples/photos/stream.jpg", import.meta.url),
    ),
    false,
  );
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  let noise = 1;
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    const row = Math.floor(y / HEIGHT * photo.height) * photo.width;
    for (let x = 0; x < WIDTH; x++) {
      const from = (row + Math.floor(x / WIDTH * photo.width)) * 4;
      noise = (Math.imul(noise, 1103515245) + 12345) >>> 0;
      const grain = (noise >>> 27) - 16;
      for (let channel = 0; channel < 3; channel++) {
        data[at++] = photo.data[from + channel]! + grain;
      }
      data[at++] = 255;
    }
  }
  return await encodeJpeg({ data, width: WIDTH, height: HEIGHT }, {
    quality: 85,
    progressive,
  });
}

async function compare(
  bytes: Uint8Array,
  rounds: number,
  watch: MemoryWatch,
): Promise<void> {
  const { mozjpeg, memoryBytes } = await loadMozjpeg("dec/mozjpeg_dec");
  let mostBytes = 0;
  const ways = [
    {
      name: "@jsquash/jpeg and cropAndResize()",
      read: () => cropAndResize(mozjpeg.decode(bytes, false), SIZE, GEOMETRY),
      memory: memoryBytes,
      times: [] as number[],
    },
    {
      name: "preprocess()",
      async read() {
        watch.reset(); // It has counted mozjpeg's memories, too.
        const input = await preprocess(bytes, SIZE, GEOMETRY);
        mostBytes = Math.max(mostBytes, watch.mostBytes());
        return input;
      },
      memory: () => mostBytes,
      times: [] as number[],
    },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { read, times } of ways) {
      const begin = performance.now();
      await read();
      times.push(performance.now() - begin);
    }
  }
  const sorted = ways.map(({ times }) => times.toSorted((a, b) => a - b));
  const middle = Math.floor(rounds / 2);
  console.log(`${"".padEnd(30)}       min      median   as fast   WASM memory`);
  for (const [i, { name, memory }] of ways.entries()) {
    const [least, median] = [sorted[i]![0]!, sorted[i]![middle]!];
    console.log(
      name.padEnd(30),
      `${least.toFixed(1)} ms`.padStart(10),
      `${median.toFixed(1)} ms`.padStart(10),
      `${(sorted[0]![middle]! / median).toFixed(2)}x`.padStart(9),
      `${(memory() / 2 ** 20).toFixed(2)} MiB`.padStart(13),
    );
  }
}

if (import.meta.main) {
  const { rounds } = readOptions("bench-decode", { rounds: 10 });
  using watch = watchMemory();
  for (const progressive of [false, true]) {
    const bytes = await makePhoto(progressive);
    const kind = progressive ? "progressive" : "baseline";
    console.log(
      `\n${WIDTH} x ${HEIGHT} ${kind}, ${
        (bytes.length / 1e6).toFixed(1)
      } MB, to ${SIZE} x ${SIZE}`,
    );
    await compare(bytes, rounds, watch);
  }
}
