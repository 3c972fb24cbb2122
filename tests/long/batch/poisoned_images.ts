import { crc32 } from "../../../src/io/crc32.ts";
import { PHOTOS } from "../../cli/totem.ts";
import { freePort } from "../brokers/broker_server.ts";

/** Called by the image server before it responds. */
export type OnRequest = (request: {
  /** The requesting process. */
  readonly pid: number;
  /** The image's path. */
  readonly path: string;
}) => Promise<void> | void;

/** A corpus of images, some of them bad in each possible way. */
export interface PoisonedImages extends AsyncDisposable {
  /** A text file with their paths and URLs. */
  readonly list: string;
  /** The base folder of the paths. */
  readonly root: string;
  readonly count: number;
  /** The URL that is reserved for crashes. */
  readonly crash: { readonly path: string; readonly shard: number };
  /** The shard of a URL. */
  shardOf(path: string): number;
  /** Calls a function for each request of a run. */
  watch(run: string, onRequest: OnRequest): void;
}

/** Images per shard: two files and a URL, or two URLs. */
export const SHARD_SIZE = 3;

/** The image server's response time, in ms. */
const SLOWNESS = 50;

/** Bad files, by name. */
const BAD_FILES = [
  "cut.jpg",
  "empty.jpg",
  "text.jpg",
  "huge.png",
  "absent.jpg",
];

/** Bad responses of the server, by path. */
const BAD_PATHS = ["/absent", "/silent", "/failing", "/busy"];

/**
 * Writes files to a folder and starts an image server.
 *
 * @param shards The number of shards.
 */
export async function poisonedImages(
  folder: string,
  shards: number,
): Promise<PoisonedImages> {
  const root = `${folder}/images`;
  await Deno.mkdir(root);
  const photos = ["bridge.jpg", "dandelion.jpg", "clock.jpg"];
  for (const name of photos) {
    await Deno.copyFile(`${PHOTOS}/${name}`, `${root}/${name}`);
  }
  const bytes = await Deno.readFile(`${PHOTOS}/bridge.jpg`);
  await Deno.writeFile(`${root}/cut.jpg`, bytes.subarray(0, 9000));
  await Deno.writeFile(`${root}/empty.jpg`, new Uint8Array());
  await Deno.writeTextFile(`${root}/text.jpg`, "This isn't an image.\n");
  await Deno.writeFile(`${root}/huge.png`, pngHeader(60_000, 60_000));

  const watched = new Map<string, OnRequest>();
  const asked = new Map<string, number>();
  const closing = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: closing.signal,
    onListen() {},
    onError: () => new Response(null, { status: 500 }),
  }, async ({ url, headers, signal }) => {
    const path = new URL(url).pathname;
    const run = headers.get("x-run")!;
    const key = `${run} ${path}`;
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    await watched.get(run)?.({ pid: Number(headers.get("x-process")), path });
    if (path === "/absent") return new Response(null, { status: 404 });
    if (path === "/silent") {
      await new Promise((fired) => signal.addEventListener("abort", fired));
    }
    if (path === "/failing" || path === "/busy" && before < 2) {
      return new Response(null, { status: 503 });
    }
    await new Promise((resolve) => setTimeout(resolve, SLOWNESS));
    return new Response(bytes);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const refused = `http://127.0.0.1:${freePort()}/`;

  const shardOf = new Map<string, number>();
  const rows: string[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const address = (path: string) => {
      shardOf.set(path, shard);
      return `${origin}${path}`;
    };
    const [one, two] = [photos[shard % 3]!, photos[(shard + 1) % 3]!];
    const good = address(`/photo/${shard}`);
    // Each bad image is in another shard, somewhere in the middle.
    const bad = shard - 5;
    const badPath = BAD_PATHS[bad - BAD_FILES.length];
    rows.push(
      ...BAD_FILES[bad] !== undefined
        ? [one, BAD_FILES[bad], good]
        : badPath !== undefined
        ? [one, good, address(badPath)]
        : bad === BAD_FILES.length + BAD_PATHS.length
        ? [one, good, refused]
        : [one, two, good],
    );
  }
  const list = `${folder}/images/list.txt`;
  await Deno.writeTextFile(list, `${rows.join("\n")}\n`);
  const last = shards - 1;
  return {
    list,
    root,
    count: rows.length,
    crash: { path: `/photo/${last}`, shard: last },
    shardOf: (path) => shardOf.get(path)!,
    watch: (run, onRequest) => void watched.set(run, onRequest),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.finished;
    },
  };
}

/** The first bytes of a PNG, whose header states a number of pixels. */
function pngHeader(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 13);
  bytes.set(new TextEncoder().encode("IHDR"), 12);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2], 24);
  view.setUint32(29, crc32(bytes.subarray(12, 29)));
  return bytes;
}
