/**
 * Realistic clients of a server: they send photos of all sizes and forms with several,
 * and also garbage, bodies that are too large or too slow; some hang up.
 *
 * @module
 */
import type { Classification } from "../../mod.ts";

/** A photo and the server's expected answer. */
export interface ExpectedPhoto {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly classes: readonly Classification[];
}

/** The load. */
export interface LoadOptions {
  /** The server's address, without a trailing slash. */
  readonly url: string;
  readonly photos: readonly ExpectedPhoto[];
  /** The number of clients; each sends one request after the other. */
  readonly clients: number;
  /** The total number of requests. */
  readonly requests: number;
  /** The server's limit for bodies, in bytes. */
  readonly maxBodyBytes: number;
  /** The name of a kind of request to leave out. */
  readonly without?: string;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** The outcome of the requests. */
export interface LoadReport {
  /** Number of requests of each kind and status, or `hung up`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Answers that violate the server's contract. */
  readonly wrong: readonly string[];
  /** Correctly answered images until no request was left to send. */
  readonly images: number;
  /** Wall time until then: the slowest clients take a while longer. */
  readonly ms: number;
}

/** A kind of request. */
interface Kind {
  readonly name: string;
  /** Its share of the requests, in percent. */
  readonly share: number;
  /**
   * Sends a request. Resolves to the outcome to count, and the number of images
   * answered.
   */
  send(): Promise<{ readonly outcome: string; readonly images?: number }>;
}

/** An answer that violates the server's contract. */
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

  /** Asserts a refusal. */
  const refuse = async (answer: Promise<Response>, status: number) => {
    const response = await answer;
    const problem = await response.json();
    if (response.status === 503) return await wait(response);
    if (response.status !== status || problem.status !== status) {
      throw new WrongAnswer(JSON.stringify(problem));
    }
    return { outcome: `${status}` };
  };
  /** Waits before retrying when the server is overloaded. */
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
      // One chunk per second, which takes far longer than the server's deadline.
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

/** A body in chunks, with a pause of `ms` before each. */
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
