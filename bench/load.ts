/**
 * Measures a server under load: `deno task bench-load`. A `totem serve` process answers
 * 32 clients. In alternation, the same model runs the same photos in this process
 * without HTTP. This shows what the server costs, and whether its memory stays
 * constant. With `--hostile` some clients attack it, see `hostile.ts`.
 *
 * @module
 */
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { hostileText, measureHostile } from "./hostile.ts";
import { readOptions } from "./options.ts";
import { type Classifier, decodeImage, load } from "../mod.ts";
import { startServer, untilReady } from "../tests/cli/server_process.ts";
import { randomNumbers } from "../tests/random.ts";
import { type ExpectedPhoto, sendLoad } from "../tests/server/load_clients.ts";

/** Figures of a server under load. */
export interface LoadFigures {
  /** Number of requests of each kind and outcome. */
  readonly counts: ReadonlyMap<string, number>;
  /** Answers that violate the server's contract. */
  readonly wrong: readonly string[];
  /** Images per second that the server answered. */
  readonly served: number;
  /** Images per second of the same model without a server. */
  readonly alone: number;
  /** The server's mean resident memory in each quarter of the requests, in bytes. */
  readonly memory: readonly number[];
  /** The most requests waiting, and the most images running. */
  readonly most: { readonly waiting: number; readonly running: number };
}

/** The load. */
export interface LoadSetup {
  readonly requests: number;
  readonly threads: number;
  readonly queue: number;
}

const CLIENTS = 32;
const ROUNDS = 4;
const MAX_BODY_BYTES = 2 ** 22;
const SAMPLE_MS = 200;

/** Runs a server under load, in alternation with the model alone. */
export async function measureLoad(
  { requests, threads, queue }: LoadSetup,
): Promise<LoadFigures> {
  using classifier = await load("nsfw", { threads, threading: "throughput" });
  const photos = await loadPhotos(classifier);
  await using server = await startServer([
    ...["--threads", `${threads}`, "--queue", `${queue}`],
    ...["--deadline", "5", "--max-body", `${MAX_BODY_BYTES}`, "--log", "none"],
  ]);
  const { url } = server;
  await untilReady(url);
  const random = randomNumbers(1);
  const clients = { url, photos, clients: CLIENTS, random };
  await sendLoad({ ...clients, requests: 200, maxBodyBytes: MAX_BODY_BYTES });

  const counts = new Map<string, number>();
  const wrong: string[] = [];
  const samples: number[][] = [[], [], [], []];
  const most = { waiting: 0, running: 0 };
  const served = { images: 0, ms: 0 };
  const alone = { images: 0, ms: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const count = Math.ceil(requests / 40);
    alone.ms += await runAlone(classifier, photos, count);
    alone.images += count;
    let isOver = false;
    const sample = async () => {
      while (!isOver) {
        const gauge = gaugesOf(await (await fetch(`${url}/metrics`)).text());
        samples[round]!.push(gauge("process_resident_memory_bytes"));
        most.waiting = Math.max(most.waiting, gauge("totem_queue_length"));
        most.running = Math.max(most.running, gauge("totem_images_running"));
        await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      }
    };
    const sending = sendLoad({
      ...clients,
      requests: requests / ROUNDS,
      maxBodyBytes: MAX_BODY_BYTES,
    }).finally(() => isOver = true);
    const [report] = await Promise.all([sending, sample()]);
    for (const [key, count] of report.counts) {
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    wrong.push(...report.wrong);
    served.images += report.images;
    served.ms += report.ms;
  }
  server.kill("SIGTERM");
  const { code } = await server.status;
  if (code !== 0) wrong.push(`the server ended with ${code}: ${server.log()}`);
  const rate = ({ images, ms }: typeof alone) => images / ms * 1000;
  return {
    counts,
    wrong,
    served: rate(served),
    alone: rate(alone),
    memory: samples.map((it) => it.reduce((a, b) => a + b, 0) / it.length),
    most,
  };
}

/** The photos of the examples; every third one is enlarged. */
async function loadPhotos(classifier: Classifier): Promise<ExpectedPhoto[]> {
  const folder = new URL("../examples/photos/", import.meta.url);
  const photos: ExpectedPhoto[] = [];
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  for (const [i, name] of names.toSorted().entries()) {
    let bytes = await Deno.readFile(new URL(name, folder));
    if (i % 3 === 0) bytes = await enlarge(bytes, 3);
    photos.push({ bytes, classes: await classifier.classify(bytes) });
  }
  return photos;
}

async function enlarge(
  bytes: Uint8Array,
  times: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { data, width, height } = await decodeImage(bytes);
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const large = new ImageData(width * times, height * times);
  const enlarged = new Uint32Array(large.data.buffer);
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      enlarged[y * large.width + x] =
        pixels[Math.floor(y / times) * width + Math.floor(x / times)]!;
    }
  }
  return new Uint8Array(await encodeJpeg(large));
}

/** Classifies `count` photos, with the model's own concurrency, and returns the ms. */
async function runAlone(
  classifier: Classifier,
  photos: readonly ExpectedPhoto[],
  count: number,
): Promise<number> {
  let begun = 0;
  const begin = performance.now();
  const lane = async () => {
    while (begun < count) {
      await classifier.classify(photos[begun++ % photos.length]!.bytes);
    }
  };
  await Promise.all(Array.from({ length: classifier.concurrency }, lane));
  return performance.now() - begin;
}

function gaugesOf(metrics: string): (name: string) => number {
  return (name) => Number(metrics.match(`\n${name} (\\d+)`)![1]);
}

if (import.meta.main) {
  const { hostile, seconds, ...setup } = readOptions("bench-load", {
    requests: 2000,
    threads: navigator.hardwareConcurrency,
    queue: 16,
    hostile: false,
    seconds: 600,
  });
  if (hostile) {
    const { threads } = setup;
    console.log(
      hostileText(await measureHostile({ seconds, rounds: 5, threads })),
    );
    Deno.exit();
  }
  const figures = await measureLoad(setup);
  for (const [key, count] of [...figures.counts].toSorted()) {
    console.log(`${key.padEnd(32)} ${count}`);
  }
  for (const wrong of new Set(figures.wrong)) console.log(`wrong: ${wrong}`);
  const { served, alone, memory, most } = figures;
  console.log(
    `${served.toFixed(1)} images/s served, ${alone.toFixed(1)} alone: ${
      (100 * served / alone).toFixed(1)
    }%`,
  );
  console.log(
    `memory ${memory.map((it) => (it / 2 ** 20).toFixed(1)).join(", ")} MiB`,
  );
  console.log(`at most ${most.waiting} waited, ${most.running} ran`);
}
