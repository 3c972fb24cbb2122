import type { Load, RequestEntry } from "../server/mod.ts";
import type { Route } from "../server/routes.ts";
import { system } from "./system.ts";

/** Upper ends of a request's time, in seconds. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is counted of the requests of a route. */
interface RouteCounts {
  readonly byStatus: Map<number, number>;
  /** As many as took at most so long, for each of {@linkcode BUCKETS}. */
  readonly within: number[];
  count: number;
  seconds: number;
}

/** Counts requests, for Prometheus (text format 0.0.4). */
export class Metrics {
  readonly #routes = new Map<string, RouteCounts>();
  #images = 0;

  /** Counts a request that has its answer. */
  count({ route, status, ms, images }: RequestEntry): void {
    // Paths that don't exist are as many as a client likes.
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

  /** All counts, with how much there is to do and how many connections are open. */
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

/** The route that answers with counts. */
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
