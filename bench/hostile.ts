/**
 * Measures how well a server under abuse serves honest clients:
 * `deno task bench-load --hostile`. Rounds with and without hostile clients alternate,
 * since a machine's speed changes.
 *
 * @module
 */
import { startServer, untilReady } from "../tests/cli/server_process.ts";
import type { HostileCounts, HostileSetup } from "./hostile_clients.ts";
import { hostileImages } from "./hostile_images.ts";
import { rawClient } from "./raw_client.ts";

/** The length of the measurement and the server's threads. */
export interface HostileOptions {
  /** Total time with hostile clients, in seconds. */
  readonly seconds: number;
  readonly rounds: number;
  readonly threads: number;
}

/** Results of the honest clients. */
export interface Honest {
  /** Requests that were answered with classes, out of `sent`. */
  answered: number;
  sent: number;
  /** The other outcomes, with their counts. */
  readonly others: Map<string, number>;
  /** Latency of each answer, in ms; `health` has those of `/healthz`. */
  readonly ms: number[];
  readonly health: number[];
  /** The answers of `/healthz` other than 200. */
  readonly unhealthy: string[];
  seconds: number;
}

/** Figures of a server under abuse. */
export interface HostileFigures {
  readonly alone: Honest;
  readonly abused: Honest;
  /** The outcomes of the hostile clients' requests, with their counts. */
  readonly hostile: ReadonlyMap<string, number>;
  /** The server's peak number of descriptors and bytes of memory; 0 where unknown. */
  readonly most: { descriptors: number; memory: number };
  /** The bytes of memory after each round. */
  readonly memory: readonly number[];
  /** The server's exit code, and the ms from its signal to its end. */
  readonly end: { readonly code: number; readonly ms: number };
}

/** The number of honest clients, each with its own address, and their intervals. */
const CLIENTS = 4;
const PERIOD_MS = 2000;
const HEALTH_MS = 50;

/** Runs a server with honest clients, with and without hostile ones. */
export async function measureHostile(
  { seconds, rounds, threads }: HostileOptions,
): Promise<HostileFigures> {
  await using server = await startServer(
    ["--threads", `${threads}`, "--log", "none"],
  );
  await untilReady(server.url);
  const port = Number(new URL(server.url).port);
  const setup = { port, images: await hostileImages() };
  const photos = await readPhotos();
  const [alone, abused] = [nobody(), nobody()];
  const hostile = new Map<string, number>();
  const most = { descriptors: 0, memory: 0 };
  const memory: number[] = [];
  const sampling = setInterval(async () => {
    const now = await resourcesOf(server.pid);
    most.descriptors = Math.max(most.descriptors, now.descriptors);
    most.memory = Math.max(most.memory, now.memory);
  }, 2000);
  const round = 1000 * seconds / rounds;
  await beHonest(port, photos, 3000, nobody());
  for (let i = 0; i < rounds; i++) {
    await beHonest(port, photos, round / 3, alone);
    const worker = startHostile(setup, hostile);
    await beHonest(port, photos, round, abused);
    worker.terminate();
    memory.push((await resourcesOf(server.pid)).memory);
    // Lets the server finish what they left behind.
    await sleep(1000);
  }
  clearInterval(sampling);
  // Hostile clients keep their connections while the server shuts down.
  const worker = startHostile(setup, hostile);
  await sleep(2000);
  const begin = performance.now();
  server.kill("SIGTERM");
  const { code } = await server.status;
  const end = { code, ms: performance.now() - begin };
  worker.terminate();
  return { alone, abused, hostile, most, memory, end };
}

function nobody(): Honest {
  return {
    answered: 0,
    sent: 0,
    others: new Map(),
    ms: [],
    health: [],
    unhealthy: [],
    seconds: 0,
  };
}

/** Sends photos and health checks for a while. */
async function beHonest(
  port: number,
  photos: readonly Uint8Array[],
  ms: number,
  figures: Honest,
): Promise<void> {
  const end = performance.now() + ms;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    await sleep(client * PERIOD_MS / CLIENTS);
    for (let i = client; performance.now() < end; i++) {
      const begin = performance.now();
      figures.sent++;
      const photo = photos[i % photos.length]!;
      const answer = await ask(port, `127.0.1.${1 + client}`, photo);
      if (/^HTTP\/1.1 200 [^]*"classes"/.test(answer)) {
        figures.answered++;
        figures.ms.push(performance.now() - begin);
      } else {
        const what = answer.match(/^HTTP\/1.1 (\d+)[^]*"code":"([\w-]+)"/)
          ?.slice(1).join(" ") ?? "closed";
        figures.others.set(what, (figures.others.get(what) ?? 0) + 1);
      }
      await sleep(Math.max(0, begin + PERIOD_MS - performance.now()));
    }
  });
  const health = (async () => {
    while (performance.now() < end) {
      const begin = performance.now();
      const answer = await ask(port, "127.0.1.100");
      figures.health.push(performance.now() - begin);
      if (!answer.startsWith("HTTP/1.1 200 ")) {
        figures.unhealthy.push(answer.split("\r\n")[0]!);
      }
      await sleep(HEALTH_MS);
    }
  })();
  await Promise.all([...clients, health]);
  figures.seconds += ms / 1000;
}

/** Sends a photo or a health check. */
async function ask(
  port: number,
  from: string,
  photo?: Uint8Array,
): Promise<string> {
  using client = await rawClient(port, from);
  const ending = "Host: a\r\nConnection: close\r\n";
  if (photo) {
    client.write(
      `POST /classify HTTP/1.1\r\n${ending}Content-Type: image/jpeg\r\nContent-Length: ${photo.length}\r\n\r\n`,
    );
    client.write(photo);
  } else client.write(`GET /healthz HTTP/1.1\r\n${ending}\r\n`);
  await client.closed;
  return client.answer();
}

function startHostile(
  setup: HostileSetup,
  sums: Map<string, number>,
): Worker {
  const worker = new Worker(import.meta.resolve("./hostile_clients.ts"), {
    type: "module",
  });
  worker.onmessage = ({ data }: MessageEvent<HostileCounts>) => {
    for (const [key, count] of Object.entries(data)) {
      sums.set(key, (sums.get(key) ?? 0) + count);
    }
  };
  worker.postMessage(setup);
  return worker;
}

async function readPhotos(): Promise<Uint8Array[]> {
  const folder = new URL("../examples/photos/", import.meta.url);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  return await Promise.all(
    names.toSorted().map((name) => Deno.readFile(new URL(name, folder))),
  );
}

/** A process's descriptors and bytes of memory, from Linux's /proc; zeros elsewhere. */
async function resourcesOf(
  pid: number,
): Promise<{ readonly descriptors: number; readonly memory: number }> {
  const script = `ls /proc/${pid}/fd | wc -l; grep VmRSS /proc/${pid}/status`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const [, descriptors, kib] = text.match(/(\d+)\s+VmRSS:\s+(\d+)/) ?? [];
  return {
    descriptors: Number(descriptors ?? 0),
    memory: 1024 * Number(kib ?? 0),
  };
}

/** The percentile `part`, 0..1, of the values. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}

/** The figures as lines. */
export function hostileText(figures: HostileFigures): string {
  const { alone, abused, hostile, most, memory, end } = figures;
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const line = (name: string, it: Honest) =>
    `${
      name.padEnd(7)
    } ${it.answered} of ${it.sent} photos in ${it.seconds} s, p50 ${
      percentile(it.ms, 0.5).toFixed(0)
    } ms, p99 ${percentile(it.ms, 0.99).toFixed(0)} ms; /healthz p50 ${
      percentile(it.health, 0.5).toFixed(1)
    } ms, p99 ${percentile(it.health, 0.99).toFixed(1)} ms, at most ${
      percentile(it.health, 1).toFixed(0)
    } ms, ${it.unhealthy.length} not 200${
      [...it.others].map(([what, count]) => `; ${what}: ${count}`).join("")
    }`;
  return [
    line("alone", alone),
    line("abused", abused),
    `honest clients get ${
      (100 * shareOf(figures)).toFixed(1)
    }% of what they get alone`,
    ...[...hostile].toSorted().map(([key, count]) => `  ${key} ${count}`),
    `at most ${most.descriptors} descriptors, ${
      mib(most.memory)
    } MiB; after each round ${memory.map(mib).join(", ")} MiB`,
    `ended with ${end.code}, ${(end.ms / 1000).toFixed(1)} s after the signal`,
  ].join("\n");
}

/** The honest clients' throughput under abuse, as a share of that without abuse. */
export function shareOf({ alone, abused }: HostileFigures): number {
  const rate = ({ answered, seconds }: Honest) => answered / seconds;
  return rate(abused) / rate(alone);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
