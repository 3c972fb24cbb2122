import type { Load, RequestEntry } from "../server/mod.ts";
import type { Route } from "../server/routes.ts";
import { system } from "./system.ts";

/** The upper bounds of the histogram buckets of request times, in seconds. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The counts of one route. */
interface RouteCounts {
  readonly byStatus: Map<number, number>;
  /**
   * For each of {@linkcode BUCKETS}, the number of requests that took at most that time.
   */
  readonly within: number[];
  count: number;
  seconds: number;
}

/** Counts requests for Prometheus (text format 0.0.4). */
export class Metrics {
  readonly #routes = new Map<string, RouteCounts>();
  #images = 0;

  /** Counts an answered request. */
  count({ route, status, ms, images }: RequestEntry): void {
    // Clients can request any number of paths that don't exist.
    const name = route ?? "other";
    let counts = this.#routes.get(name);
    if (!counts) {
      const within = BUCKETS.map(() => 0);
      counts = { byStatus: new Map(), within, count: 0, seconds: 0 };
      this.#routes.set(name, counts);
    }
    const { byStatus, within } = counts;
    const seconds = ms / 1000;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    BUCKETS.forEach((end, i) => within[i]! += seconds <= end ? 1 : 0);
    counts.count++;
    counts.seconds += seconds;
    this.#images += images;
  }

  /** All metrics, including the current load and the number of open connections. */
  text({ receiving, waiting, running }: Load, connections: number): string {
    const requests: string[] = [];
    const durations: string[] = [];
    for (const [route, counts] of this.#routes) {
      for (const [status, count] of counts.byStatus) {
        requests.push(`{route="${route}",status="${status}"} ${count}`);
      }
      const { within, count, seconds } = counts;
      durations.push(
        ...BUCKETS.map((end, i) =>
          `_bucket{route="${route}",le="${end}"} ${within[i]}`
        ),
        `_bucket{route="${route}",le="+Inf"} ${count}`,
        `_sum{route="${route}"} ${seconds}`,
        `_count{route="${route}"} ${count}`,
      );
    }
    const { rss } = system.memoryUsage();
    const gauges: [name: string, help: string, value: number][] = [
      ["totem_connections", "Connections that are open.", connections],
      [
        "totem_bodies_coming",
        "Requests whose body isn't there yet.",
        receiving,
      ],
      ["totem_queue_length", "Requests that wait.", waiting],
      ["totem_images_running", "Images that run.", running],
      ["process_resident_memory_bytes", "Memory.", rss],
    ];
    return [
      metric("totem_requests_total", "counter", "Requests answered.", requests),
      metric(
        "totem_request_duration_seconds",
        "histogram",
        "From a request's head to its answer.",
        durations,
      ),
      metric("totem_images_total", "counter", "Images answered.", [
        ` ${this.#images}`,
      ]),
      ...gauges.map(([name, help, value]) =>
        metric(name, "gauge", help, [` ${value}`])
      ),
    ].join("");
  }
}

function metric(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly string[],
): string {
  const lines = samples.map((it) => `${name}${it}\n`).join("");
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`;
}

/** The route that returns the metrics. */
export function metricsRoute(text: () => string, isOpen: boolean): Route {
  return {
    methods: ["GET", "HEAD", "OPTIONS"],
    isOpen,
    isPlain: true,
    answer: () =>
      new Response(text(), {
        headers: { "Content-Type": "text/plain; version=0.0.4" },
      }),
  };
}
