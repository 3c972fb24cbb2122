/// <reference lib="dom" />
/**
 * Lets the page start workers on behalf of its worker: in Firefox, a worker that starts
 * another one may hang. `worker_host.js` is the page's side.
 *
 * @module
 */

/** Makes the page start all workers of this one, such as the engine's threads. */
export function hostWorkers(): void {
  Object.assign(globalThis, { Worker: HostedWorker });
}

/** A message from the host. */
type FromHost = { readonly message: unknown } | { readonly error: string };

class HostedWorker extends EventTarget {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly #port: MessagePort;

  constructor(url: string | URL, options?: WorkerOptions) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromHost>) => {
      const event = "error" in data
        ? new ErrorEvent("error", { message: data.error, cancelable: true })
        : new MessageEvent("message", { data: data.message });
      if (event instanceof ErrorEvent) this.onerror?.(event);
      else this.onmessage?.(event);
      this.dispatchEvent(event);
    };
    const start = { url: new URL(url, self.location.href).href, options };
    self.postMessage({ start }, { transfer: [port2] });
  }

  postMessage(
    message: unknown,
    options?: Transferable[] | StructuredSerializeOptions,
  ): void {
    const transfer = Array.isArray(options) ? options : options?.transfer ?? [];
    this.#port.postMessage({ message }, transfer);
  }

  terminate(): void {
    this.#port.postMessage("terminate");
    this.#port.onmessage = null;
  }
}
