import { modelMetadata } from "../../src/model/mod.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/mod.ts";
import type { Classification } from "../../mod.ts";
import type { ServedClassifier } from "../../src/server/mod.ts";

export const PHOTO = await Deno.readFile(
  new URL("../../examples/photos/drum.jpg", import.meta.url),
);

/** A request to a server, with a JPEG's content type if it has a body. */
export function request(
  path: string,
  { headers, ...init }: RequestInit = {},
): Request {
  const typed = init.body && !(init.body instanceof FormData);
  return new Request(`http://totem.test${path}`, {
    method: init.body ? "POST" : "GET",
    ...init,
    headers: { ...typed && { "content-type": "image/jpeg" }, ...headers },
  });
}

/** A form with files, in order. */
export function formOf(files: Readonly<Record<string, BlobPart>>): FormData {
  const form = new FormData();
  for (const [name, part] of Object.entries(files)) {
    form.append("file", new File([part], name));
  }
  return form;
}

/** Reads a problem detail. */
export async function problemIn(response: Response): Promise<{
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}> {
  return await response.json();
}

/** A classifier whose images finish when the test says so. */
export interface ManualClassifier extends ServedClassifier {
  /** The number of running images. */
  readonly running: number;
  /** Finishes all running images. */
  finish(): void;
}

const FACTS = modelMetadata({
  architecture: { classes: 1 },
  labels: ["drum"],
  variant: 75,
  preprocessing: KERAS_PREPROCESSING,
  weights() {
    throw new Error("Not asked for");
  },
});

/** A classifier that computes nothing. */
export function manualClassifier(
  { concurrency = 1, heedsSignal = true } = {},
): ManualClassifier {
  const running = new Set<() => void>();
  const answer: Classification = { label: "drum", index: 0, probability: 1 };
  return {
    labels: ["drum"],
    size: 75,
    metadata: FACTS,
    featureCount: 2048,
    concurrency,
    backend: { device: "wasm", precision: "int8" },
    activationBits: 8,
    get running() {
      return running.size;
    },
    finish() {
      for (const end of [...running]) end();
    },
    classify: (_, { signal }) =>
      new Promise((resolve, reject) => {
        const end = () => {
          running.delete(end);
          resolve([answer]);
        };
        running.add(end);
        if (heedsSignal) {
          signal?.addEventListener("abort", () => {
            running.delete(end);
            reject(signal.reason);
          });
        }
      }),
    features: () => Promise.reject(new Error("Not asked for")),
  };
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve));
}
