/**
 * Hostile clients. They run in a worker, so that their own cost isn't attributed to the
 * server. The worker gets a {@linkcode HostileSetup} and runs until it is terminated.
 *
 * @module
 */
import type { HostileImage } from "./hostile_images.ts";
import { rawClient } from "./raw_client.ts";

/** The server to attack, and the images to send. */
export interface HostileSetup {
  readonly port: number;
  readonly images: readonly HostileImage[];
}

/** Counts of each status or close since the worker's last message. */
export type HostileCounts = Readonly<Record<string, number>>;

/**
 * Clients that hold connections open, per way of doing so; each has its own 16
 * addresses.
 */
const HOLDERS = 64;
/** Clients that send images back to back. */
const SENDERS = 4;
const ADDRESSES = 4;

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<HostileSetup>) => void;
  postMessage(counts: HostileCounts): void;
};
worker.onmessage = ({ data }) => attack(data);

function attack({ port, images }: HostileSetup): void {
  const counts: Record<string, number> = {};
  const count = (key: string) => counts[key] = (counts[key] ?? 0) + 1;
  setInterval(() => {
    worker.postMessage({ ...counts });
    for (const key of Object.keys(counts)) delete counts[key];
  }, 1000);

  const head = (length: number, type = "image/jpeg") =>
    `POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n`;
  /** Opens a connection, sends `text` and then a byte now and then, until it closes. */
  const hold = async (
    name: string,
    address: string,
    text: string,
    drip: boolean,
  ) => {
    while (true) {
      using client = await rawClient(port, address);
      client.write(text);
      const timer = setInterval(() => drip && client.write("a"), 1000);
      await client.closed;
      clearInterval(timer);
      count(`${name}: closed`);
      await sleep(100);
    }
  };
  for (let i = 0; i < HOLDERS; i++) {
    const address = `127.0.2.${1 + i % ADDRESSES}`;
    void hold("idle", address, "", false);
    void hold("half head", address, "POST /classify HTTP/1.1\r\nX: ", true);
    void hold("half body", address, `${head(1e5)}\r\nab`, false);
    void hold("slow body", address, `${head(1e5)}\r\nab`, true);
  }
  for (let i = 0; i < SENDERS; i++) {
    void (async () => {
      for (let turn = i;; turn++) {
        const image = images[turn % images.length]!;
        using client = await rawClient(port, `127.0.3.${1 + i % 2}`);
        client.write(
          `${head(image.bytes.length, image.type)}Connection: close\r\n\r\n`,
        );
        client.write(image.bytes);
        await client.closed;
        const status = client.answer().match(/^HTTP\/1.1 (\d+)/)?.[1];
        count(`${image.name}: ${status ?? "closed"}`);
        // A client that is refused gains nothing by an immediate retry.
        if (status === undefined || status === "503") await sleep(100);
      }
    })();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
