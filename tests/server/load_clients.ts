/**
 * Clients as a server has them: photos of all sizes and forms of several, and among
 * them garbage, bodies that are too large or too slow, and clients that hang up.
 *
 * @module
 */
import type { Classification } from "../../mod.ts";

/** A photo and what the server must say of it. */
export interface ExpectedPhoto {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly classes: readonly Classification[];
}

/** What clients do. */
export interface LoadOptions {
  /** The server's address, without a slash at the end. */
  readonly url: string;
  readonly photos: readonly ExpectedPhoto[];
  /** How many clients there are; each sends one request after the other. */
  readonly clients: number;
  /** How many requests all clients send. */
  readonly requests: number;
  /** The server's limit of a body, in bytes. */
  readonly maxBodyBytes: number;
  /** The name of a kind of request that isn't sent. */
  readonly without?: string;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** What became of the requests. */
export interface LoadReport {
  /** How many there were of each kind of request and status, or `hung up`. */
  readonly counts: ReadonlyMap<string, number>;
  /** What was answered that must not be. */
  readonly wrong: readonly string[];
  /** Images that were answered, right, until there was no request left to send. */
  readonly images: number;
  /** Wall time until then: the slowest clients take a while longer. */
  readonly ms: number;
}

/** A kind of request. */
interface Kind {
  readonly name: string;
  /** How many of a hundred requests are such. */
  readonly share: number;
  /** Sends one. The result is what it is counted as, and the images answered. */
  send(): Promise<{ readonly outcome: string; readonly images?: number }>;
}

/** An answer that must not be. */
class WrongAnswer extends Error {}

/** Sends requests and checks each answer. */
export async function sendLoad(options: LoadOptions): Promise<LoadReport> {
  const { requests } = options;
  const kinds = kindsOf(options).filter(({ name }) => name !== options.without);
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  let images = 0;
  let sent = 0;
  const begin = performance.now();
  let busy: { readonly images: number; readonly ms: number } | undefined;
  const client = async () => {
    while (sent < requests) {
      // The golden ratio spreads the kinds evenly, whatever the number of requests.
      const kind = pick(kinds, (sent++ * 0.618034) % 1);
      let outcome: string;
      try {
        const result = await kind.send();
        outcome = result.outcome;
        images += result.images ?? 0;
      } catch (error) {
        outcome = "failed";
        wrong.push(`${kind.name}: ${error}`);
      }
      const key = `${kind.name}: ${outcome}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    busy ??= { images, ms: performance.now() - begin };
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  return { counts, wrong, ...busy! };
}

function kindsOf(options: LoadOptions): readonly Kind[] {
  const { url, photos, maxBodyBytes, random } = options;
  const anyPhoto = () => photos[Math.floor(random() * photos.length)]!;
  const post = (
    body: BodyInit,
    headers: HeadersInit = { "content-type": "image/jpeg" },
    signal: AbortSignal | null = null,
  ) => fetch(`${url}/classify`, { method: "POST", body, headers, signal });

  /** Expects a refusal. */
  const refuse = async (answer: Promise<Response>, status: number) => {
    const response = await answer;
    const problem = await response.json();
    if (response.status === 503) return await wait(response);
    if (response.status !== status || problem.status !== status) {
      throw new WrongAnswer(JSON.stringify(problem));
    }
    return { outcome: `${status}` };
  };
  /** A server that has too much to do is asked again later. */
  const wait = async (response: Response) => {
    await sleep(1000 * Number(response.headers.get("Retry-After")));
    return { outcome: "503" };
  };
  const assertPhoto = async (answer: Promise<Response>, it: ExpectedPhoto) => {
    const response = await answer;
    const { classes, ...problem } = await response.json();
    if (response.status === 503) return await wait(response);
    if (response.status !== 200) throw new WrongAnswer(JSON.stringify(problem));
    assertClasses(classes, it);
    return { outcome: "200", images: 1 };
  };
  return [
    {
      name: "photo",
      share: 68,
      send() {
        const photo = anyPhoto();
        return assertPhoto(post(photo.bytes), photo);
      },
    },
    {
      name: "form of several",
      share: 4,
      async send() {
        const several = [anyPhoto(), anyPhoto(), anyPhoto()];
        const form = new FormData();
        for (const { bytes } of several) {
          form.append("image", new Blob([bytes]));
        }
        const response = await post(form, {});
        const { images, ...problem } = await response.json();
        if (response.status === 503) return await wait(response);
        if (response.status !== 200) {
          throw new WrongAnswer(JSON.stringify(problem));
        }
        several.forEach((it, i) => assertClasses(images[i].classes, it));
        return { outcome: "200", images: several.length };
      },
    },
    {
      name: "slow photo",
      share: 6,
      send() {
        const photo = anyPhoto();
        return assertPhoto(post(slowly(photo.bytes, 5, 100)), photo);
      },
    },
    {
      name: "body that never ends",
      share: 0.5,
      // A part a second, and far more than the server's deadline.
      send: () => refuse(post(slowly(anyPhoto().bytes, 60, 1000)), 408),
    },
    {
      name: "garbage",
      share: 6,
      send: () =>
        refuse(
          post(Uint8Array.from({ length: 999 }, () => random() * 256)),
          415,
        ),
    },
    {
      name: "photo cut off",
      share: 4,
      send: () => refuse(post(anyPhoto().bytes.slice(0, 9999)), 422),
    },
    {
      name: "body too large",
      share: 3,
      send: () => refuse(post(new Uint8Array(maxBodyBytes + 1)), 413),
    },
    {
      name: "body too large, in chunks",
      share: 0.5,
      send: () =>
        refuse(post(slowly(new Uint8Array(2 * maxBodyBytes), 256, 0)), 413),
    },
    {
      name: "client that hangs up",
      share: 8,
      async send() {
        const controller = new AbortController();
        const { bytes } = anyPhoto();
        const body = random() < 0.5 ? bytes : slowly(bytes, 5, 20);
        const answer = post(body, undefined, controller.signal);
        const timer = setTimeout(() => controller.abort(), 120 * random());
        try {
          const response = await answer;
          await response.body?.cancel();
          return { outcome: `${response.status}` };
        } catch (error) {
          if (!controller.signal.aborted) throw error;
          return { outcome: "hung up" };
        } finally {
          clearTimeout(timer);
        }
      },
    },
  ];
}

function pick(kinds: readonly Kind[], at: number): Kind {
  let left = at * kinds.reduce((sum, { share }) => sum + share, 0);
  return kinds.find(({ share }) => (left -= share) < 0) ?? kinds[0]!;
}

function assertClasses(
  given: readonly Classification[],
  { classes }: ExpectedPhoto,
): void {
  if (JSON.stringify(given) === JSON.stringify(classes)) return;
  throw new WrongAnswer(JSON.stringify(given));
}

/** A body that comes in parts, with a pause of `ms` before each. */
function slowly(
  bytes: Uint8Array<ArrayBuffer>,
  parts: number,
  ms: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const size = Math.ceil(bytes.length / parts);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await sleep(ms);
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at += size));
    },
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
